/// A feed-forward network with one hidden layer, trained by Adam (Kingma & Ba 2015) on mini-batches, with dropout on the
/// hidden layer, decoupled weight decay (Loshchilov & Hutter 2019) and early stopping on a part of the training fold.
///
/// Numbers are predicted by linear outputs and squared error, classes by softmax (two classes: sigmoid) and cross-entropy.
public struct FFNN: Sendable, Hashable {
  public enum Activation: String, Sendable, Hashable, CaseIterable { case tanh, relu }

  public var hidden: Int
  public var activation: Activation
  /// The probability that a hidden unit is left out of a training step.
  public var dropout: Double
  public var weightDecay: Double
  public var learningRate: Double
  public var batch: Int
  /// At most this many passes over the training items.
  public var epochs: Int
  /// Training stops after as many passes without a better validation loss; the best weights are kept.
  public var patience: Int
  /// The share of the training fold that is kept for early stopping.
  public var validation: Double
  public var scale: FeatureScale

  public init(
    hidden: Int = 200, activation: Activation = .relu, dropout: Double = 0.5, weightDecay: Double = 0.1,
    learningRate: Double = 3e-3, batch: Int = 32, epochs: Int = 100, patience: Int = 5,
    validation: Double = 0.1, scale: FeatureScale = .standard
  ) {
    self.hidden = hidden
    self.activation = activation
    self.dropout = dropout
    self.weightDecay = weightDecay
    self.learningRate = learningRate
    self.batch = batch
    self.epochs = epochs
    self.patience = patience
    self.validation = validation
    self.scale = scale
  }

  public static let signature = Signature(
    keyword: "ffnn",
    summary: "a feed-forward network with one hidden layer",
    parameters: [
      Parameter("hidden", .integer(1...100_000), default: "200", summary: "hidden units"),
      Parameter(
        "activation", .choice(Activation.allCases.map(\.rawValue)), default: "relu",
        summary: "what hidden units compute"),
      Parameter("dropout", .number(0...0.95), default: "0.5", summary: "the share of hidden units left out"),
      Parameter("weight_decay", .number(0...1e3), default: "0.1", summary: "decoupled weight decay"),
      Parameter("learning_rate", .number(1e-8...10), default: "0.003", summary: "Adam's step size"),
      Parameter("batch", .integer(1...1_000_000), default: "32", summary: "items per training step"),
      Parameter("epochs", .integer(1...100_000), default: "100", summary: "passes at most"),
      Parameter(
        "patience", .integer(1...100_000), default: "5", summary: "passes without progress before it stops"),
      Parameter(
        "validation", .number(0.01...0.9), default: "0.1",
        summary: "the share of the training fold kept for early stopping"),
      FeatureScale.parameter(),
    ])
}
