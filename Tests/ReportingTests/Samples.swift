import Falsification
import Hypotheses
import Reporting

/// Results made up for the tests: realistic ones for all six verdicts, and hostile and extreme ones.
enum Samples {
  static func location(_ line: Int, file: String = "Hypotheses/nouns.hypothesis") -> SourceLocation {
    SourceLocation(file: file, line: line, column: 1)
  }

  static func hypothesis(
    _ name: String, line: Int = 1, file: String = "Hypotheses/nouns.hypothesis", expected: Verdict? = nil,
    citations: [String] = [], source: String? = nil
  ) -> Hypothesis {
    let place = location(line, file: file)
    let text = """
      hypothesis "\(name)" {
        cites "Chronis, Mahowald & Erk 2023"
        data nouns = activations("minilm/nouns.safetensors", tensor: "embeddings.word")
        data norms = table("nouns/properties.csv", key: noun)

        measure score = r2 {
          predict norms[is_*] from nouns
          probe   ridge(penalty: loo)
          folds   10, grouped by norms.lemma
        }

        claim score >= 0.30

        withstand permuted_labels(within: norms.supersense, replicates: 10_000) { p < 0.01 }
        withstand random_embedding(gaussian, replicates: 200) { margin >= 0.05 }

        expect artifact
      }
      """
    return Hypothesis(
      name: name, citations: citations, tags: ["property-inference", "minilm"],
      data: [
        DataDeclaration(
          name: "nouns",
          source: .activations(path: "minilm/nouns.safetensors", tensor: "embeddings.word", keys: nil),
          location: place),
        DataDeclaration(
          name: "norms", source: .table(path: "nouns/properties.csv", key: "noun"), location: place),
      ],
      unit: ColumnReference(data: "norms", column: "lemma"),
      measurements: [
        Measurement(
          name: "score", metric: .r2, targets: ColumnSelection(data: "norms", columns: ["is_animal"]),
          representation: "nouns", probe: .ridge(Ridge()), folds: Folds(count: 10), location: place)
      ],
      claim: Requirement(measurement: "score", comparison: .greaterOrEqual, threshold: 0.3, location: place),
      rivals: [
        Withstand(
          rival: .permutedLabels(PermutedLabels()), criteria: [Criterion(.p, .less, 0.01)], location: place)
      ], expected: expected, location: place, source: source ?? text)
  }

  static func requirement(
    _ value: Double, _ low: Double, _ high: Double, name: String = "score", metric: String = "r2",
    threshold: Double = 0.3, outcome: Outcome = .met
  ) -> RequirementEvidence {
    RequirementEvidence(
      name: name, metric: metric, value: value, interval: Interval(low, high), comparison: .greaterOrEqual,
      threshold: threshold, outcome: outcome)
  }

  /// A bell of `count` bins over mean ± 3.5 sd.
  static func bell(mean: Double, sd: Double, replicates: Int, count: Int = 41) -> Histogram {
    var weights: [Double] = []
    for index in 0..<count {
      let z = (Double(index) + 0.5) / Double(count) * 7 - 3.5
      // A rational bell is enough for a drawing.
      weights.append(1 / ((1 + z * z / 3) * (1 + z * z / 3)))
    }
    let total = weights.reduce(0, +)
    var counts = weights.map { Int($0 / total * Double(replicates)) }
    counts[count / 2] += replicates - counts.reduce(0, +)
    return Histogram(
      lower: mean - 3.5 * sd, upper: mean + 3.5 * sd, counts: counts,
      central: Interval(mean - 1.96 * sd, mean + 1.96 * sd))
  }

  static func rival(
    _ rival: Rival, _ label: String, replicates: Int, mean: Double, sd: Double, score: Double,
    floor: Double = 0,
    asked: Int? = nil, p: PValueEvidence? = nil, tail: TailEvidence? = nil, criterion: Criterion,
    outcome: Outcome, halfWidth: Double = 0.025, notes: [String] = []
  ) -> RivalEvidence {
    RivalEvidence(
      rival: rival, label: label, replicates: replicates, replicatesAsked: asked, mean: mean, deviation: sd,
      p: p, tail: tail, margin: score - mean,
      marginInterval: Interval(score - mean - halfWidth, score - mean + halfWidth),
      criteria: [CriterionEvidence(criterion: criterion, outcome: outcome)], outcome: outcome,
      equivalence: outcome == .missed && criterion.quantity != .p
        ? EquivalenceEvidence(
          bound: criterion.threshold,
          interval: Interval(score - mean - 0.8 * halfWidth, score - mean + 0.8 * halfWidth)) : nil,
      share: score > floor ? (mean - floor) / (score - floor) : nil,
      distribution: replicates > 1 ? bell(mean: mean, sd: sd, replicates: replicates) : nil, notes: notes)
  }

  /// Five rivals; `artifact` decides whether random embeddings reproduce the score.
  static func rivals(score: Double, floor: Double = 0, artifact: Bool, undecided: Bool = false)
    -> [RivalEvidence]
  {
    [
      rival(
        .permutedLabels(PermutedLabels(replicates: 10_000)),
        "permuted_labels(within: norms.supersense, replicates: 10_000)", replicates: 10_000,
        mean: floor - 0.012,
        sd: 0.018, score: score, floor: floor, asked: 10_000,
        p: PValueEvidence(
          value: 1.0 / 10_001, interval: Interval(0, 0.000_368_8), exceedances: 0, isExact: false),
        tail: TailEvidence(value: 3.2e-7, isConstrained: false),
        criterion: Criterion(.p, .less, 0.01), outcome: .met),
      rival(
        .randomEmbedding(RandomEmbedding(kind: .gaussian)), "random_embedding(gaussian, replicates: 200)",
        replicates: 200, mean: artifact ? score - 0.021 : floor + 0.034, sd: 0.011, score: score,
        floor: floor,
        criterion: Criterion(.margin, .greaterOrEqual, 0.05), outcome: artifact ? .missed : .met),
      rival(
        .controlTask(ControlTask(by: ColumnReference(data: "norms", column: "noun"))),
        "control_task(by: norms.noun)", replicates: 50, mean: floor + 0.08, sd: 0.022, score: score,
        floor: floor,
        criterion: Criterion(.selectivity, .greaterOrEqual, 0.1), outcome: .met),
      rival(
        .confounds(Confounds(columns: ColumnSelection(data: "norms", columns: ["length", "zipf"]))),
        "confounds(norms[length, zipf])", replicates: 1, mean: floor + 0.19, sd: 0, score: score,
        floor: floor,
        criterion: Criterion(.margin, .greaterOrEqual, undecided ? 0.22 : 0.05),
        outcome: undecided ? .undecided : .met),
      rival(
        .meanPredictor, "mean_predictor", replicates: 1, mean: floor, sd: 0, score: score, floor: floor,
        criterion: Criterion(.margin, .greaterOrEqual, 0.05), outcome: .met),
    ]
  }

  static func evidence(
    _ score: ScoreEvidence, rivals: [RivalEvidence], premises: [RequirementEvidence] = [],
    gates: [Gate]? = nil,
    notes: [String] = [], caveats: [Caveat] = []
  ) -> Evidence {
    Evidence(
      items: 1_043, units: 987, unit: "norms.lemma", dimensions: 384, notes: notes,
      gates: gates ?? [
        Gate(
          name: "mean_predictor_at_floor", passed: true,
          detail: "The mean predictor scored 0.000, its floor is 0.000."),
        Gate(
          name: "planted_signal_found", passed: true, detail: "A signal planted at R² 0.50 was scored 0.481."),
        Gate(
          name: "permuted_labels_near_floor", passed: true,
          detail: "Permuted labels scored −0.012 on average, within 0.05 of the floor."),
      ],
      premises: premises, score: score, rivals: rivals, caveats: caveats)
  }

  /// Norms with `value` wherever a number may stand.
  static func structure(_ value: Double, column: String) -> DatasetStructure {
    DatasetStructure(
      items: 541, columns: 2_360, density: value, singletons: value,
      featuresPerItem: .init(mean: value, least: 6, median: value, largest: 26), duplicates: 4, gini: value,
      topTenth: value,
      taxonomy: .init(column: column, categories: 26, between: value, expected: value),
      alone: [
        .init(source: .popularity, score: value, share: value),
        .init(source: .nearestCopy, score: value, share: nil),
      ])
  }

  /// A claim about norms, with everything that is shown about them.
  static let norms = tested(
    hypothesis("norms are read off embeddings", line: 9),
    Evidence(
      items: 541, units: 541, unit: "item", dimensions: 384,
      score: ScoreEvidence(
        requirement: requirement(0.34, 0.32, 0.36, metric: "precision_at_k"), floor: 0.144, ceiling: 0.785,
        trainingScore: 0.425,
        references: [
          ReferenceScore(kind: .nearestCopy, value: 0.262), ReferenceScore(kind: .rankCeiling, value: 0.481),
        ]),
      rivals: [],
      structure: DatasetStructure(
        items: 541, columns: 2_360, density: 0.0057, singletons: 0.639,
        featuresPerItem: .init(mean: 13.5, least: 6, median: 13, largest: 26), duplicates: 4, gini: 0.571,
        topTenth: 0.518,
        taxonomy: .init(column: "norms.category", categories: 26, between: 0.174, expected: 0.046),
        alone: [
          .init(source: .popularity, score: 0.144, share: 0.144 / 0.34),
          .init(source: .categoryMeans, score: 0.291, share: 0.291 / 0.34),
          .init(source: .nearestCopy, score: 0.262, share: 0.262 / 0.34),
        ])), .inconclusive, "Nothing was set against it.")

  static func tested(
    _ hypothesis: Hypothesis, _ evidence: Evidence?, _ verdict: Verdict, _ reason: String,
    remedies: [String] = [], seconds: Double = 3.2
  ) -> TestedHypothesis {
    TestedHypothesis(
      hypothesis: hypothesis, evidence: evidence,
      judgement: Judgement(verdict: verdict, reason: reason, remedies: remedies), seconds: seconds)
  }

  /// One claim for each verdict.
  static let six: [TestedHypothesis] = [
    tested(
      hypothesis("a planted property is found", line: 3, expected: .corroborated),
      evidence(
        ScoreEvidence(
          requirement: requirement(0.512, 0.468, 0.549), floor: 0, ceiling: 0.78, trainingScore: 0.611),
        rivals: rivals(score: 0.512, artifact: false)),
      .corroborated, "The score 0.512 reaches 0.30 and all 5 rivals are withstood."),
    tested(
      hypothesis(
        "noun embeddings encode taxonomic properties", line: 41, expected: .artifact,
        citations: ["Chronis, Mahowald & Erk 2023", "https://arxiv.org/abs/2305.18598"]),
      evidence(
        ScoreEvidence(
          requirement: requirement(0.412, 0.371, 0.443), floor: 0, ceiling: 0.78, trainingScore: 0.664),
        rivals: rivals(score: 0.412, artifact: true),
        notes: ["17 rows have no value in norms.is_animal and were left out."],
        caveats: [
          Caveat(
            rule: Caveat.toothlessRival,
            message: "no probe can learn from `control_task` here, so the claim always withstands it",
            advice: ["do not count it as evidence"], location: location(52))
        ]),
      .artifact,
      "random_embedding(gaussian, replicates: 200) reproduces 95 % of the score above the floor; the margin of "
        + "0.021 [−0.004, 0.046] does not reach 0.05.",
      remedies: [
        "A representation whose score exceeds that of random embeddings by 0.05 would withstand this rival."
      ]),
    tested(
      hypothesis("word length predicts valence", line: 80, expected: .artifact),
      evidence(
        ScoreEvidence(
          requirement: requirement(0.041, 0.012, 0.068, outcome: .missed), floor: 0, ceiling: 0.55,
          trainingScore: 0.09),
        rivals: rivals(score: 0.041, artifact: false).dropLast(2)),
      .falsified, "The score 0.041 [0.012, 0.068] does not reach the claimed 0.30."),
    tested(
      hypothesis(
        "layer 3 head 7 tracks direct objects", line: 12, file: "Hypotheses/heads.hypothesis"),
      evidence(
        ScoreEvidence(
          requirement: requirement(0.71, 0.66, 0.75, metric: "accuracy", threshold: 0.5), floor: 0.42,
          ceiling: 1),
        rivals: rivals(score: 0.71, floor: 0.42, artifact: false),
        premises: [
          requirement(
            0.613, 0.581, 0.644, name: "token_identity", metric: "accuracy", threshold: 0.9, outcome: .missed)
        ]),
      .unfounded, "The premise token_identity is 0.613 [0.581, 0.644] and must reach 0.90."),
    tested(
      hypothesis(
        "sensorimotor strengths are linear in layer 4", line: 33, file: "Hypotheses/heads.hypothesis"),
      evidence(
        ScoreEvidence(
          requirement: requirement(0.431, 0.392, 0.466), floor: 0, ceiling: 0.71, trainingScore: 0.58),
        rivals: rivals(score: 0.431, artifact: false, undecided: true)),
      .inconclusive,
      "The margin over confounds(norms[length, zipf]) is 0.241 [0.216, 0.266]; it is undecided whether it reaches 0.22.",
      remedies: ["About 1,400 items would decide it: the smallest margin that 987 units can resolve is 0.05."]
    ),
    tested(
      hypothesis("the missing file", line: 70, file: "Hypotheses/heads.hypothesis"), nil, .invalid,
      "minilm/nouns.safetensors: tensor embeddings.word holds 3 NaN, the first at row 17, column 2.",
      remedies: ["Extract the activations again; a NaN usually comes from half-precision overflow."]),
  ]

  static let environment = RunEnvironment(
    refute: "0.1.0", swift: "6.3", gsl: "2.7.1", openblas: "0.3.21", kernel: "Haswell", threads: 1, jobs: 2,
    git: .init(commit: "0123456789abcdef0123456789abcdef01234567", dirty: false), os: "Debian 12",
    architecture: "x86_64", host: "bench", command: ["refute", "run", "Hypotheses", "--seed", "1"])

  static func record(_ tested: [TestedHypothesis], status: Record.Status = .complete) -> Record {
    Record(
      status: status, seed: 1, tested: tested,
      digests: Dictionary(
        tested.map { ($0.hypothesis.name, String(repeating: "5e", count: 32)) },
        uniquingKeysWith: { a, _ in a }),
      data: [
        DataFingerprint(path: "nouns/properties.csv", sha256: String(repeating: "0b", count: 32)),
        DataFingerprint(path: "minilm/nouns.safetensors", sha256: String(repeating: "a7", count: 32)),
      ],
      environment: environment, started: "2026-01-31T12:00:00Z", seconds: 95.4)
  }

  static let hostileStrings = [
    "<script>alert(1)</script>", "\"\u{301} onmouseover=\"alert(1)", "'><img src=x onerror=alert(1)>",
    "]]> -- ?> <!-- &amp; &lt; &#x3c;", "{{{headline}}} {{reason}} ${PATH} $(id) `id`",
    "a|b\\|c `code` **bold** @everyone #1 [x](javascript:alert(1)) ![i](http://e.x/p) https://e.x www.e.x",
    "bell\u{7} escape \u{1B}[31mred\u{1B}[0m null\u{0} vt\u{B} c1\u{9B}31m del\u{7F} \u{85}",
    "شرح \u{202E}txet desrever\u{202C} עברית \u{2066}iso", "👩‍👩‍👧‍👦 🇨🇭 漢字 e\u{301} \u{200B}",
    "line one\nline two\r\nline three\rline four\tand a tab\u{2028}separator",
    "</style><style>*{display:none}</style>",
    // A noncharacter, which XML forbids and which a literal cannot hold.
    String(String.UnicodeScalarView([Unicode.Scalar(0xFFFE as UInt32)].compactMap(\.self))),
    "- item", "1. item", "# heading", "", " ", String(repeating: "long ", count: 2_000),
    String(repeating: "x", count: 10_000), "a" + String(repeating: "\u{301}", count: 5_000),
  ]

  /// A claim every string of which is `text`.
  static func hostile(_ text: String, index: Int) -> TestedHypothesis {
    var hypothesis = hypothesis(text, line: index, file: text, citations: [text], source: text)
    hypothesis.tags = [text]
    hypothesis.data = [
      DataDeclaration(name: text, source: .table(path: text, key: text), location: hypothesis.location)
    ]
    var rivals = rivals(score: 0.4, artifact: true)
    for index in rivals.indices {
      rivals[index].label = text
      rivals[index].notes = [text]
    }
    var evidence = evidence(
      ScoreEvidence(requirement: requirement(0.4, 0.35, 0.45, name: text), floor: 0, ceiling: 0.7),
      rivals: rivals, premises: [requirement(0.95, 0.93, 0.97, name: text, threshold: 0.9)],
      gates: [Gate(name: text, passed: true, detail: text), Gate(name: text, passed: false, detail: text)],
      notes: [text])
    evidence.unit = text
    evidence.structure = structure(0.3, column: text)
    hypothesis.assumptions = [
      Assumption(text: text, location: hypothesis.location),
      Assumption(rule: text, text: text, location: hypothesis.location),
    ]
    evidence.caveats = hypothesis.answering(
      [text, "toothless-rival"].map {
        Caveat(
          rule: $0, effect: .caps, message: text, notes: [text], advice: [text],
          location: hypothesis.location)
      })
    return tested(hypothesis, evidence, .artifact, text, remedies: [text])
  }

  /// Numbers that drawings and JSON stumble over.
  static let extremeValues: [Double] = [
    .nan, .infinity, -.infinity, 0, -0.0, 1e-300, -1e-300, .leastNonzeroMagnitude, 1e9, -1e9, 1e300, -1e300,
    .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0.3, 1,
  ]

  /// A claim with `a` and `b` in every place that takes a number.
  static func extreme(_ a: Double, _ b: Double, index: Int) -> TestedHypothesis {
    let rival = RivalEvidence(
      rival: .permutedLabels(PermutedLabels()), label: "permuted_labels", replicates: 3, mean: b,
      deviation: a,
      p: PValueEvidence(value: a, interval: Interval(a, b), exceedances: 0, isExact: false),
      tail: TailEvidence(value: a, isConstrained: true), margin: a - b,
      marginInterval: Interval(a, b),
      criteria: [
        CriterionEvidence(criterion: Criterion(.p, .less, 0.01), outcome: .undecided),
        CriterionEvidence(
          criterion: Criterion(.margin, .greaterOrEqual, b.isFinite ? b : 0), outcome: .missed),
      ], outcome: .missed, equivalence: EquivalenceEvidence(bound: b, interval: Interval(a, b)), share: a / b,
      distribution: Histogram(
        lower: min(a, b), upper: max(a, b), counts: [1, 0, 2], central: Interval(min(a, b), max(a, b))))
    let evidence = Evidence(
      items: 0, units: 0, unit: "item", dimensions: 0,
      score: ScoreEvidence(
        requirement: requirement(a, min(a, b), max(a, b), threshold: b), floor: b, ceiling: a,
        trainingScore: a,
        references: [
          ReferenceScore(kind: .nearestCopy, value: b), ReferenceScore(kind: .rankCeiling, value: a),
        ]),
      rivals: [rival], structure: structure(a, column: "t.c"))
    return tested(
      hypothesis("extreme \(index)", line: index), evidence, .inconclusive, "Values \(a) and \(b).",
      seconds: a)
  }
}
