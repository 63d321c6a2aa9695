internal import Mustache

/// Escapes for HTML and XHTML at once. Mustache's own escaping goes by characters and leaves a quote alone that
/// carries a combining mark.
private struct Markup: MustacheContentType {
  func escapeText(_ text: String) -> String { text.markupEscaped }
}

/// The template of the HTML report. It holds no unescaped variable, so nothing but this file decides what the page's
/// structure is. The page is well-formed XML too, which is how the tests check it.
enum ReportTemplate {
  static let page = template(text)

  static func template(_ text: String) -> MustacheTemplate {
    MustacheContentTypes.register(Markup(), named: "MARKUP")
    do {
      return try MustacheTemplate(string: text)
    } catch {
      preconditionFailure("the report's template does not parse: \(error)")
    }
  }

  /// Everything that stands before a page's header.
  static func top(title: String) -> String {
    """
    {{% CONTENT_TYPE: MARKUP}}
    <!DOCTYPE html>
    <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="generator" content="Refute"/>
    <title>Refute: \(title)</title>
    <style>
    \(reportStyle)
    </style>
    </head>
    <body>
    \(symbols)
    """
  }

  static let text = """
    \(top(title: "{{headline}}"))
    <header class="page">
    <p class="eyebrow">Refute · audit report</p>
    <h1>{{title}}</h1>
    {{#isPartial}}<p class="alert">The run was interrupted. This report holds what was finished.</p>{{/isPartial}}
    <p class="lede">{{conclusion}}</p>
    <ul class="tally">{{#tally}}<li class="{{verdict}}"><strong>{{count}}</strong> \(verdictWord)</li>{{/tally}}</ul>
    <dl class="facts">{{#facts}}<div><dt>{{term}}</dt><dd>{{value}}</dd></div>{{/facts}}</dl>
    {{#hasRegistrationSummary}}<p class="soft small"><a class="term" href="#term-registration">Registration</a>: \
    {{registrationSummary}}</p>{{/hasRegistrationSummary}}
    <nav class="contents" aria-labelledby="contents"><h2 id="contents">Contents</h2>
    <ul>{{#hasClaims}}<li><a href="#verdicts">Verdicts</a></li>{{/hasClaims}}\
    {{#hasFamily}}<li><a href="#family">Several claims in one run</a></li>{{/hasFamily}}\
    {{#hasData}}<li><a href="#data">Data</a></li>{{/hasData}}\
    <li><a href="#terms">Terms: what every number means</a></li><li><a href="#run">This run</a></li></ul>
    {{#hasClaims}}<ol>{{#claims}}<li><a href="#{{anchor}}"><bdi>{{name}}</bdi></a> \
    <span class="soft">{{verdictWord}}</span></li>{{/claims}}</ol>{{/hasClaims}}
    </nav>
    </header>
    <main>
    {{#hasClaims}}
    <section class="about" aria-labelledby="verdicts"><h2 id="verdicts">Verdicts</h2>
    <table class="stack">
    <thead><tr><th scope="col">Verdict</th><th scope="col">Claim</th><th scope="col">\(term("score", "Score"))</th>\
    <th scope="col">Expected</th></tr></thead>
    <tbody>
    {{#claims}}
    <tr><td>\(verdictWord)</td>\
    <th scope="row" class="wide"><a href="#{{anchor}}"><bdi>{{name}}</bdi></a><br/>\
    <bdi class="soft small">{{place}}</bdi></th>\
    <td class="num{{#lacksScore}} none{{/lacksScore}}" data-label="score">{{scoreText}} <span class="range">{{scoreRange}}</span></td>\
    <td class="num{{#lacksExpectation}} none{{/lacksExpectation}}" data-label="expected">{{expectation}}</td></tr>
    {{/claims}}
    </tbody></table>
    </section>
    {{/hasClaims}}
    {{#hasFamily}}
    <section class="about" aria-labelledby="family"><h2 id="family">Several claims in one run</h2>
    <p class="soft small">{{familySentence}}</p>
    <table class="stack">
    <thead><tr><th scope="col">Claim</th><th scope="col">\(term("p", "Largest p"))</th>\
    <th scope="col">\(term("adjusted", "Holm"))</th><th scope="col">\(term("adjusted", "Benjamini–Hochberg"))</th>\
    <th scope="col">\(term("adjusted", "Benjamini–Yekutieli"))</th></tr></thead>
    <tbody>
    {{#family}}
    <tr><th scope="row" class="wide"><a href="#{{memberAnchor}}"><bdi>{{member}}</bdi></a><br/>\
    <bdi class="soft small"><code>{{memberRival}}</code></bdi></th>\
    <td class="num" data-label="largest p">{{memberP}}</td><td class="num" data-label="Holm">{{holm}}</td>\
    <td class="num" data-label="Benjamini–Hochberg">{{hochberg}}</td>\
    <td class="num" data-label="Benjamini–Yekutieli">{{yekutieli}}</td></tr>
    {{/family}}
    </tbody></table>
    </section>
    {{/hasFamily}}
    {{#claims}}\(claim){{/claims}}
    {{#hasData}}
    <section class="about" aria-labelledby="data"><h2 id="data">Data</h2>
    <p class="soft small">The files that this run read, with the SHA-256 digest of each.</p>
    <table class="stack"><thead><tr><th scope="col">File</th><th scope="col">SHA-256</th></tr></thead><tbody>
    {{#dataFiles}}<tr><th scope="row" class="wide"><code>{{path}}</code></th><td class="digest wide">{{sha256}}</td></tr>
    {{/dataFiles}}
    </tbody></table></section>
    {{/hasData}}
    <section class="about" aria-labelledby="terms"><h2 id="terms">Terms</h2>
    <dl class="glossary">
    {{#glossary}}<div id="term-{{id}}"><dt>{{word}}</dt><dd>{{definition}}</dd></div>
    {{/glossary}}
    </dl></section>
    </main>
    <footer>
    <h2 id="run">This run</h2>
    <dl class="facts">{{#environment}}<div><dt>{{term}}</dt><dd>{{value}}</dd></div>{{/environment}}</dl>
    <p class="soft small">Everything above is drawn from the run’s record, <code>record.json</code> \
    (schema {{schema}}), which holds every number in full.</p>
    </footer>
    </body>
    </html>

    """

  private static func term(_ id: String, _ word: String) -> String {
    "<a class=\"term\" href=\"#term-\(id)\">\(word)</a>"
  }

  /// Links to what the numbers of a figure or a table mean.
  static func definitions(_ ids: [String]) -> String {
    let links = ids.map { id in
      let word = (Glossary.terms + Glossary.calibration).first { $0.id == id }?.word ?? id
      return term(id, word.prefix(1).lowercased() + word.dropFirst())
    }
    return "<p class=\"definitions\">What it means: \(links.joined(separator: " · "))</p>"
  }

  private static let verdictWord =
    "<span class=\"verdict {{verdict}}\"><svg class=\"icon\" viewBox=\"0 0 12 12\" aria-hidden=\"true\">"
    + "<use href=\"#v-{{verdict}}\"/></svg> {{verdictWord}}</span>"

  private static let outcome =
    "<span class=\"outcome {{outcome}}\"><svg class=\"icon\" viewBox=\"0 0 12 12\" aria-hidden=\"true\">"
    + "<use href=\"#o-{{outcome}}\"/></svg> {{outcome}}</span>"

  /// Shapes that the page draws more than once.
  static let symbols = """
    <svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>
    <path id="v-corroborated" d="M1.5 6.5 4.6 9.8 10.5 2.6"/>
    <path id="v-falsified" d="M2.2 2.2 9.8 9.8M9.8 2.2 2.2 9.8"/>
    <path id="v-artifact" d="M1 4.6C3 2 4.6 3 6 4.1S9.200 5.800 11 3.400M1 9.400C3 6.800 4.600 7.800 6 8.900S9.200 10.600 11 8.200"/>
    <path id="v-inconclusive" d="M3.400 3.700C3.400.500 8.800.600 8.800 3.600 8.800 5.600 6 5.500 6 7.800M6 10.800V10.900"/>
    <g id="v-unfounded"><circle cx="6" cy="6" r="4.600"/><path d="M1.800 10.200 10.200 1.800"/></g>
    <path id="v-invalid" d="M6 1.200V7.300M6 10.700V10.800"/>
    <path id="o-met" d="M1.500 6.500 4.600 9.800 10.500 2.600"/>
    <path id="o-missed" d="M2.200 2.200 9.800 9.800M9.800 2.200 2.200 9.800"/>
    <path id="o-undecided" d="M3.400 3.700C3.400.500 8.800.600 8.800 3.600 8.800 5.600 6 5.500 6 7.800M6 10.800V10.900"/>
    <path id="m-score" d="M0-8 6.500 0 0 8-6.500 0Z"/>
    <circle id="m-met" r="5.200"/>
    <path id="m-missed" d="M-5-5H5V5H-5Z"/>
    <path id="m-undecided" class="hollow" stroke-width="2" d="M0-6 6 4.800H-6Z"/>
    <circle id="s-1" r="4.200"/>
    <path id="s-2" d="M-4-4H4V4H-4Z"/>
    <path id="s-3" d="M0-5.200 5 4H-5Z"/>
    <path id="s-4" d="M0-5.600 4.600 0 0 5.600-4.600 0Z"/>
    <circle id="s-5" class="hollow" r="3.800" stroke-width="2"/>
    <path id="s-6" class="hollow" d="M-4-4 4 4M4-4-4 4" stroke-width="2"/>
    <circle id="p-holds" r="4"/>
    <path id="p-differs" class="hollow" d="M-3.600-3.600H3.600V3.600H-3.600Z" stroke-width="1.800"/>
    <path id="m-left" class="cut" d="M6-5 0 0 6 5"/>
    <path id="m-right" class="cut" d="M-6-5 0 0-6 5"/>
    </defs></svg>
    """

  /// The rows of a forest plot over their axis.
  static let forestRows = """
    <div class="forest" style="padding-top:{{head}}px">
    <svg class="frame" aria-hidden="true">
    <g transform="translate(0 -\(ForestPlot.foot))">
    {{#ticks}}<line class="grid" x1="{{x}}" x2="{{x}}" y1="{{gridY}}" y2="100%"/>{{/ticks}}
    <line class="axis" x1="0" x2="100%" y1="100%" y2="100%"/>
    {{#ticks}}<svg x="{{x}}" y="100%" overflow="visible"><path class="axis" d="M0 0V4"/></svg>\
    <text x="{{x}}" y="100%" dy="17" text-anchor="{{anchor}}">{{label}}</text>{{/ticks}}
    {{#references}}<line class="ref {{kind}}" x1="{{x}}" x2="{{x}}" y1="{{lineY}}" y2="100%"/>{{/references}}
    </g>
    {{#references}}<text class="ref-label {{kind}}" x="{{x}}" dx="{{dx}}" y="{{labelY}}" text-anchor="{{anchor}}">{{label}}</text>
    {{/references}}
    </svg>
    {{#rows}}
    <div class="row {{marker}}">\
    <div class="name"><bdi>{{#isCode}}<code>{{label}}</code>{{/isCode}}{{^isCode}}{{label}}{{/isCode}}</bdi>\
    <span class="sub">{{sublabel}}</span></div>
    <svg class="track" role="img"><title>{{sentence}}</title>\
    {{#hasRequired}}<svg x="{{requiredX}}" y="50%" overflow="visible"><path class="required" d="M0-11V11"/></svg>{{/hasRequired}}\
    {{#hasRange}}<line class="range" x1="{{x1}}" x2="{{x2}}" y1="50%" y2="50%"/>{{/hasRange}}\
    {{#isCutLeft}}<svg x="0" y="50%" overflow="visible"><use href="#m-left"/></svg>{{/isCutLeft}}\
    {{#isCutRight}}<svg x="100%" y="50%" overflow="visible"><use href="#m-right"/></svg>{{/isCutRight}}\
    {{#hasMarker}}<svg x="{{x}}" y="50%" overflow="visible"><use class="marker" href="#m-{{marker}}"/></svg>{{/hasMarker}}\
    </svg>
    <div class="value"><span class="number">{{number}}</span><span class="range">{{range}}</span></div></div>
    {{/rows}}
    </div>
    """

  private static let forest = """
    <figure class="plot">
    <figcaption><h3>{{title}}</h3><p>{{caption}}</p>\
    \(definitions(["score", "interval", "floor", "ceiling", "rival", "replicate", "share", "margin"]))</figcaption>
    \(forestRows)
    {{#legend}}
    <ul class="legend">
    <li class="score"><svg aria-hidden="true"><use class="marker" href="#m-score" x="8" y="8"/></svg>the claim</li>
    <li class="met"><svg aria-hidden="true"><use class="marker" href="#m-met" x="8" y="8"/></svg>withstood</li>
    <li class="missed"><svg aria-hidden="true"><use class="marker" href="#m-missed" x="8" y="8"/></svg>not withstood</li>
    <li class="undecided"><svg aria-hidden="true"><use class="marker" href="#m-undecided" x="8" y="8"/></svg>undecided</li>
    </ul>
    {{/legend}}
    </figure>
    """

  private static let null = """
    <div class="null"><p><bdi><code>{{label}}</code></bdi></p><p>{{facts}}</p>
    <svg role="img"><title>{{sentence}}</title>
    {{#bars}}<rect class="bar{{#isBeyond}} beyond{{/isBeyond}}" x="{{x}}" width="{{width}}" y="{{y}}" height="{{height}}"/>{{/bars}}
    {{#hasCentral}}<rect class="central" x="{{centralX}}" width="{{centralWidth}}" y="120" height="3"/>{{/hasCentral}}
    <line class="axis" x1="0" x2="100%" y1="118.5" y2="118.5"/>
    {{#ticks}}<text x="{{x}}" y="138" text-anchor="{{anchor}}">{{label}}</text>{{/ticks}}
    {{#hasObserved}}<line class="observed" x1="{{observedX}}" x2="{{observedX}}" y1="4" y2="118"/>\
    <text class="observed-label" x="{{observedX}}" dx="{{observedDX}}" y="13" text-anchor="{{observedAnchor}}">{{observedLabel}}</text>{{/hasObserved}}
    </svg></div>
    """

  private static let maps = """
    <figure><figcaption><h3>The family</h3><p>{{mapCaption}}</p>\
    \(definitions(["family", "interval", "adjusted"]))</figcaption>
    {{#maps}}
    <div class="heat-box"><table class="heat{{#isWide}} wide-heat{{/isWide}}"><caption>{{mapTitle}}</caption>
    <thead><tr><th scope="col">{{corner}} <span class="soft">\\ {{columnsTitle}}</span></th>\
    {{#columns}}<th scope="col">{{columnLabel}}</th>{{/columns}}</tr></thead>
    <tbody>{{#rows}}<tr><th scope="row">{{rowLabel}}</th>\
    {{#cells}}<td class="{{kind}}" style="--level:{{level}}" title="{{hint}}"><span>{{text}}</span></td>{{/cells}}</tr>
    {{/rows}}</tbody></table></div>
    {{/maps}}
    </figure>
    """

  /// The line at what is asked for, as a legend shows it: beside the line itself a label would hide markers.
  private static let thresholdKey =
    "<svg aria-hidden=\"true\"><line class=\"ref threshold\" x1=\"0\" x2=\"16\" y1=\"8\" y2=\"8\"/></svg>"

  /// Curves over one axis, with their legend.
  static let curveDrawing = """
    <div class="curve"><svg role="img"><title>{{sentence}}</title>
    {{#yTicks}}<line class="grid" x1="0" x2="100%" y1="{{y}}" y2="{{y}}"/>\
    <text x="0" dx="-8" y="{{y}}" dy="4" text-anchor="end">{{label}}</text>{{/yTicks}}
    <line class="axis" x1="0" x2="100%" y1="220" y2="220"/>
    {{#xTicks}}<text x="{{x}}" y="237" text-anchor="middle">{{label}}</text>{{/xTicks}}
    <text x="50%" y="254" text-anchor="middle">{{axisName}}</text>
    {{#hasThreshold}}<line class="ref threshold" x1="0" x2="100%" y1="{{thresholdY}}" y2="{{thresholdY}}"/>{{/hasThreshold}}
    {{#series}}<g class="series s{{style}}">\
    {{#segments}}<line class="segment" x1="{{x1}}" x2="{{x2}}" y1="{{y1}}" y2="{{y2}}"/>{{/segments}}\
    {{#points}}{{#hasWhisker}}<line class="whisker" x1="{{x}}" x2="{{x}}" y1="{{low}}" y2="{{high}}"/>{{/hasWhisker}}\
    <svg x="{{x}}" y="{{y}}" overflow="visible"><title>{{hint}}</title><use class="point" href="#s-{{style}}"/></svg>{{/points}}</g>
    {{/series}}
    </svg></div>
    <ul class="legend">{{#series}}<li class="series s{{style}}"><svg aria-hidden="true"><use class="point" href="#s-{{style}}" x="8" y="8"/></svg>\
    <bdi><code>{{seriesName}}</code></bdi></li>{{/series}}\
    {{#hasThreshold}}<li>\(thresholdKey){{thresholdLabel}}</li>{{/hasThreshold}}</ul>
    """

  private static let curve = """
    <figure class="plot"><figcaption><h3>{{curveTitle}}</h3><p>{{curveCaption}}</p>\
    \(definitions(["score", "interval", "premise"]))</figcaption>
    \(curveDrawing)
    </figure>
    """

  private static let specifications = """
    <figure class="plot specs{{#isDense}} dense{{/isDense}}"><figcaption><h3>Specification curve</h3><p>{{curveSummary}}</p>\
    \(definitions(["specification", "score", "interval"]))</figcaption>
    <div class="spec-curve"><svg role="img"><title>{{curveSentence}}</title>
    {{#curveLevels}}<line class="grid" x1="0" x2="100%" y1="{{y}}" y2="{{y}}"/>\
    <text x="0" dx="-8" y="{{y}}" dy="4" text-anchor="end">{{label}}</text>{{/curveLevels}}
    {{#hasAsked}}<line class="ref threshold" x1="0" x2="100%" y1="{{askedY}}" y2="{{askedY}}"/>{{/hasAsked}}
    {{#marks}}<g class="mark {{shape}}">{{#hasWhisker}}<line class="whisker" x1="{{markX}}" x2="{{markX}}" y1="{{low}}" y2="{{high}}"/>{{/hasWhisker}}\
    <svg x="{{markX}}" y="{{markY}}" overflow="visible"><title>{{hint}}</title><use class="point" href="#p-{{shape}}"/></svg></g>
    {{/marks}}
    </svg></div>
    {{#hasAsked}}<ul class="legend"><li>\(thresholdKey){{askedLabel}}</li></ul>{{/hasAsked}}
    {{#groups}}<p class="spec-name">{{groupName}}</p>
    {{#groupRows}}<div class="spec-row {{rowKind}}"><div class="option"><bdi><code>{{optionLabel}}</code></bdi></div>\
    <svg role="img"><title>{{rowSentence}}</title><line class="grid" x1="0" x2="100%" y1="50%" y2="50%"/>\
    {{#dots}}{{#isDense}}<rect class="stroke" x="{{dotX}}" width="{{dotWidth}}" y="2" height="14"/>{{/isDense}}\
    {{^isDense}}<circle class="stroke" cx="{{dotX}}" cy="50%" r="4"/>{{/isDense}}{{/dots}}</svg></div>
    {{/groupRows}}{{/groups}}
    <details><summary>{{entriesTitle}}</summary>
    <table class="stack"><thead><tr><th scope="col">Choices</th><th scope="col">\(term("score", "Score"))</th>\
    <th scope="col">\(term("interval", "95\u{a0}% interval"))</th><th scope="col">Verdict</th></tr></thead><tbody>
    {{#entries}}<tr><th scope="row" class="wide"><bdi>{{entryChoices}}</bdi></th><td class="num" data-label="score">{{entryScore}}</td>\
    <td class="num range" data-label="95\u{a0}%">{{entryRange}}</td><td data-label="verdict">{{entryVerdict}}</td></tr>
    {{/entries}}</tbody></table></details>
    </figure>
    """

  private static let claim = """
    <section class="claim" id="{{anchor}}" aria-labelledby="{{anchor}}-place {{anchor}}-title">
    <p class="eyebrow" id="{{anchor}}-place">{{ordinal}} <bdi class="place">· {{place}}</bdi></p>
    <h2 id="{{anchor}}-title"><bdi>{{name}}</bdi></h2>
    <p><a class="badge {{verdict}}" href="#term-{{verdict}}"><svg class="icon" viewBox="0 0 12 12" aria-hidden="true">\
    <use href="#v-{{verdict}}"/></svg>{{verdictWord}}</a> <span class="soft small">{{expectationSentence}}</span></p>
    {{#hasRegistration}}<p class="soft small"><a class="term" href="#term-registration">Registration</a>: {{registration}}</p>{{/hasRegistration}}
    <p class="reason">{{reason}}</p>
    {{#hasWarnings}}<div class="warnings"><h3>\(term("warning", "Warnings"))</h3>
    <ul class="plain">{{#warnings}}<li><code>{{warningRule}}</code> {{warningText}}</li>{{/warnings}}</ul></div>{{/hasWarnings}}
    {{#hasAssumptions}}<div class="assumptions"><h3>Assumed, not tested</h3>
    <ul class="plain">{{#assumptions}}<li>{{.}}</li>{{/assumptions}}</ul></div>{{/hasAssumptions}}
    {{#hasCitations}}<p class="soft small">Sources: {{#citations}}<bdi>{{.}}</bdi>{{^last()}}; {{/last()}}{{/citations}}</p>{{/hasCitations}}
    {{#hasFacts}}<dl class="facts">{{#claimFacts}}<div><dt><a class="term" href="#term-{{termID}}">{{term}}</a></dt>\
    <dd>{{value}} <span class="soft">{{remark}}</span></dd></div>{{/claimFacts}}</dl>{{/hasFacts}}
    {{#forests}}\(forest){{/forests}}
    {{#hasMaps}}\(maps){{/hasMaps}}
    {{#curvePlots}}\(curve){{/curvePlots}}
    {{#specificationCurves}}\(specifications){{/specificationCurves}}
    {{#hasNulls}}
    <figure><figcaption><h3>Null distributions</h3><p>What each rival scores in a world where the claim is false. \
    Scores that reach the observed one are filled in colour; the line under the axis holds the central 95\u{a0}%.</p>\
    \(definitions(["null", "p", "tail", "replicate", "central"]))</figcaption>
    <div class="nulls">{{#nulls}}\(null){{/nulls}}</div></figure>
    {{/hasNulls}}
    {{#hasCriteria}}
    <h3>Criteria</h3>
    <table class="stack"><thead><tr><th scope="col">Tested</th><th scope="col">Criterion</th><th scope="col">Found</th>\
    <th scope="col">\(term("interval", "95\u{a0}% interval"))</th><th scope="col">\(term("outcome", "Outcome"))</th></tr></thead><tbody>
    {{#criteria}}<tr><th scope="row" class="wide">{{kind}} <bdi><code>{{subject}}</code></bdi></th>\
    <td class="num" data-label="asked">{{criterion}}</td><td class="num" data-label="found">{{value}}</td>\
    <td class="num range" data-label="95\u{a0}%">{{interval}}</td><td>\(outcome)</td></tr>
    {{/criteria}}
    </tbody></table>
    \(definitions(["score", "premise", "rival", "p", "margin", "interval", "outcome"]))
    {{/hasCriteria}}
    {{#hasStructure}}
    <h3>\(term("structure", "Structure of the targets"))</h3>
    <dl class="facts">{{#structureFacts}}<div><dt>{{term}}</dt><dd>{{value}}</dd></div>{{/structureFacts}}</dl>
    <table class="stack"><thead><tr><th scope="col">What knows nothing else</th><th scope="col">\(term("score", "Score"))</th>\
    <th scope="col">Of the claimed score</th></tr></thead><tbody>
    {{#aloneRows}}<tr><th scope="row" class="wide">{{source}}</th>\
    <td class="num" data-label="score">{{aloneScore}}</td><td class="num" data-label="share">{{aloneShare}}</td></tr>
    {{/aloneRows}}
    </tbody></table>
    {{/hasStructure}}
    {{#hasFailedGates}}
    <h3>Failed \(term("gate", "checks of the instrument"))</h3>
    <ul class="plain">{{#failedGates}}<li><code>{{gate}}</code>: {{detail}}</li>{{/failedGates}}</ul>
    {{/hasFailedGates}}
    {{#hasRemedies}}
    <h3>What would change this verdict</h3>
    <ul class="plain">{{#remedies}}<li>{{.}}</li>{{/remedies}}</ul>
    {{/hasRemedies}}
    {{#hasNotes}}
    <h3>Notes</h3>
    <ul class="plain">{{#notes}}<li>{{.}}</li>{{/notes}}</ul>
    {{/hasNotes}}
    {{#hasPassedGates}}
    <details><summary>{{passedGatesTitle}}</summary>
    \(definitions(["gate"]))
    <ul class="plain">{{#passedGates}}<li><code>{{gate}}</code>: {{detail}}</li>{{/passedGates}}</ul></details>
    {{/hasPassedGates}}
    {{#hasReadings}}
    <details><summary>How the data were read</summary>
    {{#readings}}
    <p><bdi>{{readingTitle}}</bdi></p>
    {{#hasColumns}}
    <table class="stack"><thead><tr><th scope="col">Column</th><th scope="col">Used as</th><th scope="col">Kind</th>\
    <th scope="col">Distinct</th><th scope="col">Missing</th><th scope="col">Range</th></tr></thead><tbody>
    {{#columnRows}}<tr><th scope="row" class="wide"><code>{{column}}</code></th><td>{{roles}}</td>\
    <td>{{columnKind}}</td><td class="num" data-label="distinct">{{distinct}}</td>\
    <td class="num" data-label="missing">{{missingCells}}</td><td class="num" data-label="range">{{columnRange}}</td></tr>
    {{/columnRows}}
    </tbody></table>
    {{/hasColumns}}
    {{#hasTensors}}<ul class="plain">{{#tensorRows}}<li><bdi>{{.}}</bdi></li>{{/tensorRows}}</ul>{{/hasTensors}}
    {{/readings}}
    </details>
    {{/hasReadings}}
    {{#hasSource}}<h3>The claim as written</h3>
    <pre class="source"><code class="isolate">{{#tokens}}<span class="{{kind}}">{{text}}</span>{{/tokens}}</code></pre>{{/hasSource}}
    <h3>How to reproduce it</h3>
    <pre class="command"><code>{{command}}</code></pre>
    <p class="soft small">{{reproduction}}</p>
    \(definitions(["seed", "digest"]))
    {{#hasDigest}}<p class="soft small">Digest of the claim’s input: \
    <span class="digest">{{digest}}</span></p>{{/hasDigest}}
    <p class="small back"><a href="#contents">Contents</a> · <a href="#{{anchor}}">link to this claim</a></p>
    </section>
    """
}
