/// The style sheet of the HTML report. It stands in the page as it is, so it holds neither `<` nor `&`.
///
/// Colours come in pairs for light and dark with a contrast of at least 4.5 : 1 for text, and hues that people with
/// any kind of colour vision tell apart; words and shapes say everything that colours say.
let reportStyle = """
  :root { color-scheme: light dark;
    --paper: #fdfdfb; --panel: #f5f5f0; --ink: #1b1d20; --soft: #5a6068; --rule: #dedfd8; --grid: #ebebe5;
    --bar: #b4bac2; --link: #0b5285;
    --blue: #00609a; --vermilion: #b23f08; --purple: #8c2a6c; --olive: #6d5600; --slate: #56606a;
    --serif: Charter, "Bitstream Charter", "Sitka Text", Cambria, "Noto Serif", "DejaVu Serif", Georgia, serif;
    --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
    --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; }
  @media (prefers-color-scheme: dark) { :root {
    --paper: #141619; --panel: #1c1f23; --ink: #e7e5e0; --soft: #a3a8af; --rule: #34383d; --grid: #24272b;
    --bar: #59616b; --link: #86c1ee; --deep: 42%;
    --blue: #6db7ea; --vermilion: #f2935c; --purple: #de93c7; --olive: #d6ba5e; --slate: #aab4be; } }
  * { box-sizing: border-box; }
  html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
  body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 var(--sans);
    font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
  main, header.page, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
  a { color: var(--link); text-underline-offset: .18em; text-decoration-thickness: .06em; }
  a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
  a.term { color: inherit; text-decoration: underline dotted; text-decoration-color: var(--soft); }
  h1, h2, .reason { font-family: var(--serif); font-weight: 600; line-height: 1.25; text-wrap: balance; }
  h1 { font-size: clamp(1.6rem, 1.2rem + 2vw, 2.4rem); margin: .3rem 0 .6rem; letter-spacing: -.01em; }
  h2 { font-size: clamp(1.3rem, 1.1rem + 1vw, 1.7rem); margin: .7rem 0 .5rem; }
  h3 { font-size: 1rem; margin: 2.2rem 0 .5rem; }
  p { margin: .5rem 0; max-width: 44rem; }
  code, pre { font-family: var(--mono); font-size: .86em; }
  bdi, .isolate { unicode-bidi: isolate; }
  .eyebrow { color: var(--soft); font-size: .82rem; letter-spacing: .07em; text-transform: uppercase; margin: 0; }
  .place { letter-spacing: 0; text-transform: none; }
  .soft { color: var(--soft); } .small { font-size: .86rem; }
  header.page { padding-top: 3.2rem; }
  .lede { font-family: var(--serif); font-size: 1.12rem; }
  .alert { border-left: 3px solid var(--vermilion); padding-left: .8rem; font-weight: 600; }
  .facts { display: flex; flex-wrap: wrap; gap: .7rem 2rem; margin: 1.2rem 0 0; padding: 0; }
  .facts div { min-width: 5rem; } .facts dt { color: var(--soft); font-size: .8rem; } .facts dd { margin: 0; }
  .tally { list-style: none; display: flex; flex-wrap: wrap; gap: .4rem 1.9rem; padding: 0; margin: 1.4rem 0; }
  .tally li { display: flex; align-items: baseline; gap: .45rem; }
  .tally strong { font: 600 1.9rem/1 var(--serif); }
  .corroborated, .met { --v: var(--blue); } .artifact, .missed { --v: var(--vermilion); }
  .falsified { --v: var(--purple); } .unfounded { --v: var(--olive); }
  .inconclusive, .undecided { --v: var(--slate); } .invalid { --v: var(--ink); } .score { --v: var(--ink); }
  .verdict, .outcome { color: var(--v); white-space: nowrap; font-weight: 600; }
  .badge { display: inline-flex; align-items: center; gap: .4em; border: 1.5px solid var(--v); border-radius: 2em;
    padding: .1em .75em .1em .55em; color: var(--v); font-weight: 600; font-size: .92rem; white-space: nowrap; }
  a.badge { text-decoration: none; }
  .icon { width: .9em; height: .9em; flex: none; vertical-align: -.06em; overflow: visible; fill: none;
    stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
  table { border-collapse: collapse; width: 100%; font-size: .92rem; }
  th, td { text-align: left; vertical-align: baseline; padding: .5rem .9rem .5rem 0; border-top: 1px solid var(--rule); }
  thead th { border-top: 0; white-space: nowrap; color: var(--soft); font-weight: 400; font-size: .82rem; padding-bottom: .3rem; }
  tbody th { font-weight: 400; } tr > :last-child { padding-right: 0; }
  .num { white-space: nowrap; } td .range { color: var(--soft); }
  section.claim { border-top: 1px solid var(--rule); margin-top: 4rem; padding-top: 2.2rem; }
  .reason { font-size: 1.22rem; font-weight: 400; line-height: 1.45; margin: .3rem 0 .8rem; text-wrap: pretty; }
  figure { margin: 2.2rem 0 0; } figcaption { margin-bottom: .9rem; }
  figcaption h3 { margin: 0; } figcaption p { color: var(--soft); font-size: .9rem; margin: .15rem 0 0; }
  .forest { --left: 17rem; --right: 13.25rem; position: relative; padding-bottom: 28px; }
  .forest .frame { position: absolute; top: 0; left: var(--left); height: 100%;
    width: calc(100% - var(--left) - var(--right)); overflow: visible; }
  .forest .row { position: relative; display: grid; grid-template-columns: var(--left) minmax(0, 1fr) var(--right);
    align-items: center; }
  .forest .name { padding: .25rem 1.2rem .25rem 0; font-size: .9rem; line-height: 1.3; min-width: 0; }
  .forest .name code { font-size: .93em; } .forest .sub { display: block; color: var(--soft); font-size: .82rem; }
  .forest .value { padding-left: 1rem; font-size: .9rem; }
  .forest .value span { display: inline-block; white-space: nowrap; }
  .forest .value .range { color: var(--soft); margin-left: .3rem; }
  .forest .row.score .name, .forest .row.score .number { font-weight: 600; }
  .forest .track { width: 100%; height: 38px; display: block; overflow: visible; }
  svg text { font: 12px/1 var(--sans); fill: var(--soft); font-variant-numeric: tabular-nums; }
  .frame .grid { stroke: var(--grid); } .frame .axis, .null .axis { stroke: var(--soft); stroke-width: 1; }
  .ref { stroke-width: 1.3; stroke: var(--soft); } .ref.floor { stroke-dasharray: 2 3; }
  .ref.ceiling { stroke-dasharray: 7 4; } .ref.threshold { stroke: var(--ink); } .ref.zero { stroke: var(--soft); }
  .ref-label, .observed-label { paint-order: stroke; stroke: var(--paper); stroke-width: 5px; stroke-linejoin: round; }
  .ref-label.threshold, .observed-label { fill: var(--ink); font-weight: 600; }
  .track .range, .legend .range { stroke: var(--v); stroke-width: 2.4; }
  .marker { fill: var(--v); stroke: var(--v); color: var(--v); } .hollow { fill: var(--paper); }
  .cut { fill: none; stroke: var(--v); stroke-width: 2; }
  .required { stroke: var(--ink); stroke-width: 3; }
  .legend { display: flex; flex-wrap: wrap; gap: .2rem 1.3rem; color: var(--soft); font-size: .84rem; margin: .7rem 0 0;
    padding: 0; list-style: none; }
  .legend svg { width: 16px; height: 14px; vertical-align: -2px; overflow: visible; margin-right: .25rem; }
  .nulls { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 1.6rem 2.5rem; }
  .null { min-width: 0; display: grid; grid-template-rows: subgrid; grid-row: span 3; row-gap: 0; } .null p { margin: 0; font-size: .9rem; line-height: 1.4; }
  .null p + p { color: var(--soft); font-size: .84rem; }
  .null svg { display: block; width: 100%; height: 142px; overflow: visible; margin-top: .5rem; }
  .bar { fill: var(--bar); shape-rendering: crispEdges; } .bar.beyond { fill: var(--vermilion); }
  .central { fill: var(--soft); } .observed { stroke: var(--ink); stroke-width: 1.8; }
  .curve { padding-left: 2.6rem; } .curve svg[role] { display: block; width: 100%; height: 260px; overflow: visible; }
  .curve .grid { stroke: var(--grid); } .curve .axis { stroke: var(--soft); }
  .s1 { --v: var(--blue); } .s2 { --v: var(--vermilion); } .s3 { --v: var(--purple); } .s4 { --v: var(--olive); }
  .s5 { --v: var(--slate); } .s6 { --v: var(--ink); }
  .segment { stroke: var(--v); stroke-width: 1.6; } .s2 .segment { stroke-dasharray: 7 3; }
  .s3 .segment { stroke-dasharray: 2 3; } .s4 .segment { stroke-dasharray: 9 3 2 3; } .s5 .segment { stroke-dasharray: 4 4; }
  .s6 .segment { stroke-dasharray: 1 4; } .whisker { stroke: var(--v); stroke-width: 1.4; }
  .point { fill: var(--v); stroke: var(--v); }
  .specs { --left: 14rem; --v: var(--blue); } .spec-curve { padding-left: var(--left); }
  .spec-curve svg[role] { display: block; width: 100%; height: 200px; overflow: visible; }
  .specs .grid { stroke: var(--grid); } .mark.holds { --v: var(--blue); } .mark.differs { --v: var(--vermilion); }
  .mark .point { color: var(--v); } .mark.differs .point { fill: var(--paper); } .dense .mark .point { transform: scale(.55); }
  .spec-name { margin: .55rem 0 .1rem; color: var(--soft); font-size: .82rem; }
  .spec-row { display: grid; grid-template-columns: var(--left) minmax(0, 1fr); align-items: center; min-height: 20px; }
  .spec-row .option { font-size: .86rem; line-height: 1.25; padding-right: 1rem; min-width: 0; }
  .spec-row svg { display: block; width: 100%; height: 18px; overflow: visible; } .stroke { fill: var(--v); }
  .heat-box { overflow-x: auto; margin-top: .6rem; } table.heat { width: auto; border-collapse: separate; border-spacing: 2px; font-size: .78rem; --depth: var(--deep, 62%); }
  table.heat caption { text-align: left; color: var(--soft); font-size: .84rem; padding-bottom: .3rem; }
  .heat th, .heat td { border: 0; padding: 0; text-align: center; min-width: 2.1rem; height: 1.75rem; vertical-align: middle; }
  .heat thead th { font-size: .78rem; padding: 0 .1rem; height: auto; } .heat tbody th, .heat thead th:first-child { text-align: right; padding-right: .5rem; color: var(--soft); white-space: nowrap; }
  .heat td { background: color-mix(in srgb, var(--blue) calc(var(--level) * var(--depth)), var(--paper)); border-radius: 3px; }
  .heat td.best { outline: 2.5px solid var(--ink); outline-offset: -1px; } .heat td.significant { font-weight: 700; }
  .heat td.unfounded-cell { background: repeating-linear-gradient(45deg, var(--grid) 0 3px, var(--paper) 3px 7px); color: var(--soft); }
  .heat td.unfounded-cell span { background: var(--paper); padding: 0 .1rem; }
  .warnings { border-left: 3px solid var(--vermilion); padding-left: .8rem; } .warnings h3 { margin-top: 0; }
  ul.plain { padding-left: 1.15rem; margin: .4rem 0; max-width: 44rem; } ul.plain li { margin: .3rem 0; }
  details { margin: 1rem 0; } summary { cursor: pointer; } summary h3 { display: inline; }
  pre { background: var(--panel); border: 1px solid var(--rule); border-radius: 6px; padding: .9rem 1rem; margin: .5rem 0;
    white-space: pre-wrap; line-height: 1.5; tab-size: 4; }
  .source .keyword { color: var(--blue); font-weight: 600; } .source .callee { color: var(--vermilion); }
  .source .string { color: var(--olive); } .source .number { color: var(--purple); }
  .source .comment { color: var(--soft); font-style: italic; }
  .command code { user-select: all; -webkit-user-select: all; }
  .definitions { font-size: .82rem; color: var(--soft); } figcaption .definitions { font-size: .82rem; }
  .contents { margin: 1.6rem 0 0; font-size: .92rem; } .contents h2 { font: 600 1rem/1.3 var(--sans); margin: 0 0 .3rem; }
  .contents ul { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; margin: 0; padding: 0; }
  .contents ol { margin: .5rem 0 0; padding-left: 1.7rem; columns: 2 24rem; column-gap: 2.5rem; }
  .contents li { break-inside: avoid; margin: .15rem 0; } .contents ol .soft { white-space: nowrap; }
  .back { margin-top: 1.6rem; }
  .digest { font-family: var(--mono); font-size: .8rem; color: var(--soft); word-break: break-all; }
  .glossary { columns: 2 20rem; column-gap: 2.5rem; font-size: .9rem; margin: 1rem 0; }
  .glossary div { break-inside: avoid; margin-bottom: .9rem; }
  .glossary dt { font-weight: 600; } .glossary dd { margin: 0; color: var(--soft); }
  .glossary div:target { background: var(--panel); box-shadow: 0 0 0 .4rem var(--panel); border-radius: 2px; }
  footer { margin-top: 4.5rem; padding-top: 1.6rem; padding-bottom: 3rem; border-top: 1px solid var(--rule); }
  footer h2, .about h2 { font-size: 1.25rem; }
  .about { margin-top: 4rem; border-top: 1px solid var(--rule); padding-top: 1.4rem; }
  @media (max-width: 46rem) {
    header.page { padding-top: 1.8rem; } section.claim { margin-top: 3rem; padding-top: 1.6rem; }
    .forest { --left: 0px; --right: 0px; }
    .forest .row { grid-template-columns: minmax(0, 1fr) auto; grid-template-areas: "name value" "track track";
      align-items: end; }
    .forest .name { grid-area: name; padding-right: .6rem; } .forest .value { grid-area: value; padding: .25rem 0; }
    .forest .name, .forest .value { background: var(--paper); align-self: stretch; }
    .forest .value { text-align: right; line-height: 1.3; } .forest .value .range { display: block; margin: 0; font-size: .82rem; }
    .forest .name, .forest .value { padding-top: .55rem; }
    .forest .track { grid-area: track; height: 28px; }
    .facts { display: grid; grid-template-columns: 1fr 1fr; gap: .6rem 1rem; }
    .specs { --left: 2.4rem; } .spec-row { grid-template-columns: minmax(0, 1fr); } .spec-row svg { width: calc(100% - var(--left)); margin-left: var(--left); }
    .curve { padding-left: 2rem; } table.heat { border-spacing: 1px; font-size: .66rem; }
    .heat th, .heat td { min-width: 0; width: 1.42rem; height: 1.5rem; } .heat thead th { font-size: .66rem; }
    .heat tbody th, .heat thead th:first-child { padding-right: .2rem; } .heat thead th:first-child span { display: none; }
    .wide-heat td span { display: none; } .wide-heat td { width: .9rem; }
    table.stack .none { display: none; }
    table.stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    table.stack, table.stack tbody { display: block; }
    table.stack tr { display: flex; flex-wrap: wrap; gap: .1rem 1rem; padding: .65rem 0; border-top: 1px solid var(--rule); }
    table.stack th, table.stack td { border: 0; padding: 0; } table.stack .wide { flex: 1 0 100%; }
    table.stack [data-label]::before { content: attr(data-label) " "; color: var(--soft); }
  }
  @media print {
    :root { --paper: #fff; --panel: #fff; --ink: #000; --soft: #444; --rule: #bbb; --grid: #e4e4e4; --bar: #aaa;
      --link: #000; --blue: #00507f; --vermilion: #a13805; --purple: #7d225f; --olive: #5f4b00; --slate: #444c55; }
    @page { margin: 16mm 14mm; }
    html { font-size: 9.5pt; } .forest { --left: 16.5rem; } svg text { font-size: 8pt; } h3 { margin-top: 1.4rem; } figure { margin-top: 1.4rem; }
    .nulls { grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); }
    main, header.page, footer { max-width: none; padding: 0; }
    .plot, figcaption, .null, tr, .glossary div { break-inside: avoid; } h2, h3, figcaption { break-after: avoid; }
    section.claim { break-before: page; border-top: 0; margin-top: 0; }
    details::details-content { content-visibility: visible; block-size: auto; }
    a, a.term { text-decoration: none; } .definitions, .back { display: none; }
    * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  }
  """
