internal import Hypotheses

/// The name of what is wrong. Names are stable: scripts and records rely on them. `docs/rules.md` has a section for
/// each.
public enum Rule: String, Sendable, Hashable, Codable, CaseIterable {
  // What the file is made of.
  case fileTooLarge = "file-too-large"
  case invalidUTF8 = "invalid-utf8"
  case invalidCharacter = "invalid-character"
  case unterminatedString = "unterminated-string"
  case unterminatedComment = "unterminated-comment"
  case invalidEscape = "invalid-escape"
  case invalidNumber = "invalid-number"

  // How statements are built.
  case unexpectedToken = "unexpected-token"
  case missingBrace = "missing-brace"
  case nestingTooDeep = "nesting-too-deep"
  case reservedKeyword = "reserved-keyword"
  case unknownStatement = "unknown-statement"
  case misplacedStatement = "misplaced-statement"
  case noHypothesis = "no-hypothesis"
  case tooManyErrors = "too-many-errors"

  // Names that mean nothing.
  case unknownSource = "unknown-source"
  case unknownMetric = "unknown-metric"
  case unknownProbe = "unknown-probe"
  case unknownRival = "unknown-rival"
  case unknownArgument = "unknown-argument"
  case unknownCriterion = "unknown-criterion"
  case unknownVerdict = "unknown-verdict"
  case unknownWord = "unknown-word"
  case unknownData = "unknown-data"
  case unknownMeasure = "unknown-measure"
  case unknownColumn = "unknown-column"
  case unknownTensor = "unknown-tensor"
  case noMatch = "no-match"
  case unknownLayer = "unknown-layer"
  case unknownHead = "unknown-head"
  case unknownRelation = "unknown-relation"
  case unknownTag = "unknown-tag"
  case unknownVariable = "unknown-variable"

  // What is missing, and what is there twice.
  case missingStatement = "missing-statement"
  case missingArgument = "missing-argument"
  case missingCriterion = "missing-criterion"
  case missingLabel = "missing-label"
  case emptyText = "empty-text"
  case duplicateHypothesis = "duplicate-hypothesis"
  case duplicateName = "duplicate-name"
  case duplicateStatement = "duplicate-statement"
  case duplicateArgument = "duplicate-argument"
  case duplicateCriterion = "duplicate-criterion"
  case duplicateRival = "duplicate-rival"
  case duplicateEntry = "duplicate-entry"

  case unknownRule = "unknown-rule"
  case nothingToAnswer = "nothing-to-answer"

  // Values of the wrong kind.
  case wrongType = "wrong-type"
  case wrongDataKind = "wrong-data-kind"
  case outOfRange = "out-of-range"
  case ineffectiveArgument = "ineffective-argument"
  case unusedData = "unused-data"
  case unusedMeasure = "unused-measure"
  case unusedVariable = "unused-variable"

  // The data files.
  case missingFile = "missing-file"
  case pathOutside = "path-outside"
  case unreadableFile = "unreadable-file"
  case ambiguousTensor = "ambiguous-tensor"
  case tensorShape = "tensor-shape"
  case tensorType = "tensor-type"
  case wildcardRepresentation = "wildcard-representation"
  case keyNotUnique = "key-not-unique"
  case unusableKeys = "unusable-keys"
  case keysDiffer = "keys-differ"
  case tooFewActivations = "too-few-activations"
  case missingCells = "missing-cells"
  case missingMarker = "missing-marker"
  case mixedColumn = "mixed-column"
  case otherTable = "other-table"
  case missingTensors = "missing-tensors"
  case noCommonSentences = "no-common-sentences"
  case missingSentences = "missing-sentences"

  // What is predicted, and how it is scored.
  case ambiguousValues = "ambiguous-values"
  case similarValues = "similar-values"
  case targetKind = "target-kind"
  case constantColumn = "constant-column"
  case constantConfound = "constant-confound"
  case tooManyClasses = "too-many-classes"
  case numbersAsClasses = "numbers-as-classes"
  case severalTargets = "several-targets"
  case oneTarget = "one-target"
  case hiddenBinarisation = "hidden-binarisation"
  case kExceedsColumns = "k-exceeds-columns"
  case unfitProbe = "unfit-probe"
  case keyAsValue = "key-as-value"
  case foldCount = "fold-count"
  case oneGroup = "one-group"
  case foldsSplitUnit = "folds-split-unit"
  case gcvIgnoresUnit = "gcv-ignores-unit"
  case classInOneFold = "class-in-one-fold"
  case undefinedMetric = "undefined-metric"
  case unfitStatement = "unfit-statement"
  case tooManyCells = "too-many-cells"
  case unfitResiduals = "unfit-residuals"
  case tooManyConfounds = "too-many-confounds"

  // The claim and its rivals.
  case comparedWithItself = "compared-with-itself"
  case differentMetrics = "different-metrics"
  case comparisonAsPremise = "comparison-as-premise"
  case withinOneMeasure = "within-one-measure"
  case equivalenceWithoutPremises = "equivalence-without-premises"
  case missingQuantifier = "missing-quantifier"
  case notAFamily = "not-a-family"
  case premiseAxes = "premise-axes"
  case familyWithoutNull = "family-without-null"
  case wrongDirection = "wrong-direction"
  case thresholdRange = "threshold-range"
  case trivialThreshold = "trivial-threshold"
  case noRival = "no-rival"
  case unfitRival = "unfit-rival"
  case criterionNotOffered = "criterion-not-offered"
  case undecidableP = "undecidable-p"
  case unreachableMargin = "unreachable-margin"
  case unresolvableMargin = "unresolvable-margin"
  case targetVariesInGroup = "target-varies-in-group"
  case permutationIgnoresUnit = "permutation-ignores-unit"
  case withinSplitsGroup = "within-splits-group"
  case nothingToPermute = "nothing-to-permute"
  case itemsNotExchangeable = "items-not-exchangeable"
  case unfitScheme = "unfit-scheme"
  case toothlessRival = "toothless-rival"
  case confoundIsTarget = "confound-is-target"
  case irrelevantIsTarget = "irrelevant-is-target"
  case twinIsRepresentation = "twin-is-representation"
  case twinShape = "twin-shape"

  // What is varied.
  case unknownChoice = "unknown-choice"
  case unfitChoice = "unfit-choice"
  case tooManySpecifications = "too-many-specifications"

  // What a run finds in the data, and `refute check` cannot: warnings beside the verdict.
  case copiesAcrossFolds = "copies-across-folds"
  case undeclaredGroups = "undeclared-groups"
  case undeclaredOrder = "undeclared-order"

  /// A fault of Refute, never of the file.
  case internalError = "internal-error"

  /// What a warning of this rule does to the verdict; `nil` where it says nothing about the verdict. The checker may say more of a
  /// single one.
  var effect: Caveat.Effect? {
    switch self {
    case .itemsNotExchangeable, .toothlessRival, .unresolvableMargin, .constantConfound, .gcvIgnoresUnit,
      .similarValues, .missingMarker, .numbersAsClasses, .copiesAcrossFolds, .undeclaredGroups,
      .undeclaredOrder:
      .warns
    default: nil
    }
  }

  /// How grave it is. Errors keep a hypothesis from running; warnings do not.
  public var severity: Severity {
    switch self {
    case .unusedData, .unusedMeasure, .missingCells, .itemsNotExchangeable, .ineffectiveArgument,
      .toothlessRival, .unusedVariable, .missingSentences, .unresolvableMargin, .constantConfound,
      .gcvIgnoresUnit, .nothingToAnswer, .similarValues, .missingMarker, .numbersAsClasses,
      .copiesAcrossFolds, .undeclaredGroups, .undeclaredOrder:
      .warning
    default: .error
    }
  }
}

/// How grave a diagnostic is.
public enum Severity: String, Sendable, Hashable, Codable {
  case error
  case warning
}
