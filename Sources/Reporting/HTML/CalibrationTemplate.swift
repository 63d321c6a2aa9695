internal import Mustache

extension ReportTemplate {
  /// The page of `refute calibrate --format html`. Like the audit's template it holds no unescaped variable.
  static let calibration = template(
    """
    \(top(title: "calibration"))
    <header class="page">
    <p class="eyebrow">Refute · calibration</p>
    <h1>{{title}}</h1>
    <p class="lede">Each claim’s whole test, repeated on its own representation with rearranged targets, so that the claim is \
    false, and with signals of known strength planted in them.</p>
    <dl class="facts">{{#facts}}<div><dt>{{term}}</dt><dd>{{value}}</dd></div>{{/facts}}</dl>
    <nav class="contents" aria-labelledby="contents"><h2 id="contents">Contents</h2>
    <ul><li><a href="#terms">Terms: what every number means</a></li></ul>
    {{#hasClaims}}<ol>{{#claims}}<li><a href="#{{anchor}}"><bdi>{{name}}</bdi></a></li>{{/claims}}</ol>{{/hasClaims}}
    </nav>
    </header>
    <main>
    {{#claims}}\(simulated){{/claims}}
    <section class="about" aria-labelledby="terms"><h2 id="terms">Terms</h2>
    <dl class="glossary">
    {{#glossary}}<div id="term-{{id}}"><dt>{{word}}</dt><dd>{{definition}}</dd></div>
    {{/glossary}}
    </dl></section>
    </main>
    <footer><p class="soft small">The same seed and the same data give the same numbers on any number of cores. \
    <code>--format json</code> holds them in full.</p></footer>
    </body>
    </html>

    """)

  /// One claim.
  private static let simulated = """
    <section class="claim" id="{{anchor}}" aria-labelledby="{{anchor}}-place {{anchor}}-title">
    <p class="eyebrow" id="{{anchor}}-place">{{ordinal}}</p>
    <h2 id="{{anchor}}-title"><bdi>{{name}}</bdi></h2>
    <dl class="facts">{{#claimFacts}}<div><dt>{{term}}</dt><dd>{{value}}</dd></div>{{/claimFacts}}</dl>
    <p class="reason">{{conclusion}}</p>
    {{#forests}}
    <figure class="plot">
    <figcaption><h3>{{title}}</h3><p>{{caption}}</p>\
    \(definitions(["false-positive", "p", "clopper-pearson"]))</figcaption>
    \(forestRows)
    <ul class="legend">
    <li class="met"><svg aria-hidden="true"><use class="marker" href="#m-met" x="8" y="8"/></svg>no more often than the level allows for</li>
    <li class="missed"><svg aria-hidden="true"><use class="marker" href="#m-missed" x="8" y="8"/></svg>too often</li>
    </ul>
    </figure>
    {{/forests}}
    {{#lacksForest}}<p class="soft">No rival has a criterion on p, so there is no level to hold rates against.</p>{{/lacksForest}}
    <h3>Nothing to find</h3>
    <table class="stack"><thead><tr><th scope="col">Criterion</th><th scope="col">Met</th><th scope="col">p ≤ .05</th>\
    <th scope="col">p ≤ .01</th></tr></thead><tbody>
    {{#rates}}<tr><th scope="row" class="wide"><bdi><code>{{rateRival}}</code></bdi> {{rateCriterion}}</th>\
    <td class="num" data-label="met">{{rateMet}}</td>\
    <td class="num{{#lacksFive}} none{{/lacksFive}}" data-label="p ≤ .05">{{rateFive}}</td>\
    <td class="num{{#lacksFive}} none{{/lacksFive}}" data-label="p ≤ .01">{{rateOne}}</td></tr>
    {{/rates}}
    </tbody></table>
    \(definitions(["false-positive", "clopper-pearson", "corroborated"]))
    {{#curvePlots}}
    <figure class="plot"><figcaption><h3>{{curveTitle}}</h3><p>{{curveCaption}}</p>\
    \(definitions(["planted", "clopper-pearson", "corroborated"]))</figcaption>
    \(curveDrawing)
    </figure>
    {{/curvePlots}}
    {{#hasSteps}}
    <details><summary>The curves in numbers</summary>
    {{#steps}}
    <h3>Strength {{strength}}</h3>
    <p class="soft small">{{stepCount}} data sets, mean score {{stepScore}} (standard deviation between data sets)</p>
    <table class="stack"><thead><tr><th scope="col">Criterion</th><th scope="col">Met</th></tr></thead><tbody>
    {{#shares}}<tr><th scope="row" class="wide"><bdi>{{shareName}}</bdi></th><td class="num" data-label="met">{{shareValue}}</td></tr>
    {{/shares}}
    </tbody></table>
    {{/steps}}
    </details>
    {{/hasSteps}}
    <p class="small back"><a href="#contents">Contents</a> · <a href="#{{anchor}}">link to this claim</a></p>
    </section>
    """
}
