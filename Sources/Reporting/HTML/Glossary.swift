internal import Hypotheses

/// The terms that the report links to.
enum Glossary {
  struct Term {
    var id: String
    var word: String
    var definition: String
  }

  static let terms: [Term] =
    [
      Term(
        id: "score", word: "Score",
        definition:
          "How well out-of-fold predictions match the targets. Everything that learns is fitted inside the "
          + "training folds. R² is 0 for a predictor that knows only the training mean."),
      Term(
        id: "floor", word: "Floor",
        definition:
          "The score of the best predictor that never sees the representation: the class prior or the "
          + "training mean."),
      Term(
        id: "ceiling", word: "Ceiling",
        definition: "The best score that a probe of this kind can reach on these folds."),
      Term(
        id: "reference", word: "Nearest copy, rank ceiling",
        definition:
          "Nearest copy: every test item gets the targets of its nearest training item in the same "
          + "representation, and nothing is fitted. Rank ceiling: what is reached where the held-out targets are "
          + "known and squeezed through as many components as the probe has. Neither decides anything."),
      Term(
        id: "structure", word: "Structure of the targets",
        definition:
          "Density: the share of cells above 0. Singletons: features of one item only, which can never be "
          + "tested. Gini: 0 where all features are equally common, near 1 where a few make up all. Between "
          + "categories: the share of the targets’ variance that categories explain."),
      Term(
        id: "specification", word: "Specification",
        definition:
          "One combination of the choices that the claim varies: probe, folds, metric, representation, penalty. Each is "
          + "examined and judged as the claim is. The verdict above is that of the claim as written, whatever they come to."
      ),
      Term(
        id: "normalized", word: "Normalized score",
        definition: "(score − floor) / (ceiling − floor): the part of what can be reached that is reached."),
      Term(
        id: "interval", word: "95 % interval",
        definition:
          "It reaches as far as both of two intervals: that of these fits (a bootstrap over the units of independence: how these "
          + "fitted probes would score on other items) and that of the procedure (how it would score on other data, on which it "
          + "fits anew). For a p-value: the interval of its Monte Carlo error, which holds however often one looked while "
          + "replicates were drawn."),
      Term(
        id: "unit", word: "Unit of independence",
        definition:
          "What is sampled, permuted, divided into folds and bootstrapped as one. Items that share a unit "
          + "are not independent of each other."),
      Term(
        id: "warning", word: "Warning",
        definition:
          "A fault of the design, or a suspicion about the data, that bears on the verdict. Where a valid design exists and was "
          + "not used, or harm was shown, the claim is at most inconclusive until the file answers the rule."),
      Term(
        id: "rival", word: "Rival",
        definition:
          "An explanation of the score under which the claim is false. It makes worlds in which only the "
          + "artifact can live on and takes the same measurement in each."),
      Term(
        id: "family", word: "Family",
        definition:
          "Measurements that differ in a layer, a head or the like, tested together. A claim about any of them is "
          + "held against the best of each rival world; a claim about each of them rests on the worst."),
      Term(
        id: "replicate", word: "Replicate",
        definition: "One world of a rival, in which the whole procedure is repeated, choices included."),
      Term(
        id: "null", word: "Null distribution",
        definition: "The scores of a rival’s worlds: what the measurement gives where the claim is false."),
      Term(
        id: "central", word: "Central 95 %",
        definition:
          "From the 2.5 % to the 97.5 % quantile of a rival’s scores. It shows how far single worlds scatter; it is no "
          + "interval of their mean."),
      Term(
        id: "p", word: "p-value",
        definition:
          "(1 + replicates that score at least as high as the claim) / (1 + replicates); exact, without the "
          + "ones, where every distinct rearrangement was scored. It is never 0."),
      Term(
        id: "tail", word: "Tail",
        definition:
          "What p may be where fewer than 10 of at least 200 replicates reach the claim: a generalized Pareto "
          + "distribution, fitted to the largest. It is approximate and decides nothing. Where it had to be held to reach "
          + "as far as the claim, it is a guess at the order of magnitude."),
      Term(
        id: "adjusted", word: "Adjusted p-values",
        definition:
          "The largest p among a claim’s rivals, adjusted for the number of claims in the run. Holm: the "
          + "probability of rejecting anything wrongly is at most alpha. Benjamini–Hochberg, Benjamini–Yekutieli: the "
          + "expected share of wrong ones among the rejected is. They decide nothing."),
      Term(
        id: "margin", word: "Margin",
        definition:
          "The claim’s score minus the rival’s mean score on the same items and folds. Called selectivity "
          + "for control tasks."),
      Term(
        id: "share", word: "Share",
        definition:
          "(rival’s mean − floor) / (score − floor): how much of the score above the floor the rival "
          + "reproduces."),
      Term(
        id: "outcome", word: "Met, missed, undecided",
        definition:
          "A criterion is met where the whole interval lies on the side that it asks for, missed where the "
          + "whole interval lies on the other, and undecided where the interval holds the limit."),
      Term(
        id: "premise", word: "Premise",
        definition: "What must hold for the measurement to mean what the claim takes it to mean."),
      Term(
        id: "gate", word: "Check of the instrument",
        definition:
          "A test that the measurement itself works on this data, made before any verdict: a planted signal "
          + "is found, permuted labels score near the floor."),
      Term(
        id: "registration", word: "Registration",
        definition:
          "Whether refute lock had settled the claim’s text, data and seed before it was scored, and what changed "
          + "since. A lock is a file: only its history, for instance in git, shows when it was made."),
      Term(
        id: "digest", word: "Digest",
        definition:
          "A SHA-256 fingerprint. Equal digests mean equal content: of a file, or of everything that a result "
          + "depends on."),
      Term(
        id: "seed", word: "Seed",
        definition:
          "The number that all random draws start from. The same seed and data give the same numbers, on any "
          + "number of cores."),
    ]
    + Verdict.reportOrder.map { Term(id: $0.rawValue, word: $0.rawValue, definition: $0.meaning) }

  /// What only the page about calibration speaks of.
  static let calibration = [
    Term(
      id: "false-positive", word: "False positive",
      definition:
        "A criterion that is met although there is nothing to find. Where a criterion asks for p of at most a level, "
        + "that happens in at most that share of data sets, if the rival fits the data. Far fewer: ties, or few replicates."
    ),
    Term(
      id: "planted", word: "Planted signal",
      definition:
        "Rearranged targets mixed with a linear function of the representation. Strength 0 is nothing, 1 nothing else; "
        + "every column keeps its values."),
    Term(
      id: "clopper-pearson", word: "Clopper–Pearson interval",
      definition: "The exact 95 % interval of a share of simulated data sets."),
  ]
}
