internal import GSL
package import Hypotheses

/// What a network is made of.
package struct NetworkShape: Sendable, Hashable {
  /// What the outputs mean: numbers, or the logarithm of one class's odds, or those of several up to a constant.
  package enum Link: Sendable, Hashable { case linear, logistic, softmax }

  /// Features, without the constant.
  package var inputs: Int
  package var hidden: Int
  package var outputs: Int
  package var activation: FFNN.Activation
  package var link: Link

  package init(inputs: Int, hidden: Int, outputs: Int, activation: FFNN.Activation, link: Link) {
    self.inputs = inputs
    self.hidden = hidden
    self.outputs = outputs
    self.activation = activation
    self.link = link
  }
}

/// A network with one hidden layer, and what Adam knows of its gradients.
///
/// With x the features and a constant 1, h = activation(V x) and the output is W (h, 1): biases are the last columns of V
/// and W. Rows of features are always given with that constant behind them.
///
/// The loss of some rows is the mean over rows of half the squared error, summed over outputs; for classes, of the
/// cross-entropy of softmax, or of the logistic function where there is one output.
package struct Network<Scalar: NetworkScalar>: Sendable {
  package typealias Shape = NetworkShape

  package let shape: Shape
  /// Hidden units by features and the constant.
  package private(set) var first: [Scalar]
  /// Outputs by hidden units and the constant.
  package private(set) var second: [Scalar]
  private var firstMean: [Scalar]
  private var firstSquare: [Scalar]
  private var secondMean: [Scalar]
  private var secondSquare: [Scalar]
  private var steps = 0

  /// - Precondition: the weights fill the shape.
  package init(_ shape: Shape, first: [Scalar], second: [Scalar]) {
    precondition(
      first.count == shape.hidden * (shape.inputs + 1) && second.count == shape.outputs * (shape.hidden + 1),
      "weights do not fill the shape")
    self.shape = shape
    self.first = first
    self.second = second
    firstMean = [Scalar](repeating: 0, count: first.count)
    firstSquare = firstMean
    secondMean = [Scalar](repeating: 0, count: second.count)
    secondSquare = secondMean
  }

  /// Copies the weights of another network of this shape, and not what Adam knows.
  mutating func takeWeights(of other: Network) {
    first.withUnsafeMutableBufferPointer { own in
      other.first.withUnsafeBufferPointer { own.baseAddress!.update(from: $0.baseAddress!, count: $0.count) }
    }
    second.withUnsafeMutableBufferPointer { own in
      other.second.withUnsafeBufferPointer { own.baseAddress!.update(from: $0.baseAddress!, count: $0.count) }
    }
  }

  /// Room for the numbers between input and output of up to so many rows at a time.
  package struct Workspace {
    /// Hidden units by rows: what the units compute, before dropout.
    fileprivate var units: [Scalar]
    /// The same after dropout, and a row of ones.
    fileprivate var passed: [Scalar]
    /// Hidden units by rows: the loss's derivatives by what comes into them.
    fileprivate var errors: [Scalar]
    /// Rows by outputs.
    package fileprivate(set) var outputs: [Scalar]
    package fileprivate(set) var firstGradient: [Scalar]
    package fileprivate(set) var secondGradient: [Scalar]

    package init(_ shape: Shape, rows: Int) {
      func zeros(_ count: Int) -> [Scalar] { [Scalar](repeating: 0, count: count) }
      units = zeros(shape.hidden * rows)
      passed = zeros((shape.hidden + 1) * rows)
      errors = units
      outputs = zeros(shape.outputs * rows)
      firstGradient = zeros(shape.hidden * (shape.inputs + 1))
      secondGradient = zeros(shape.outputs * (shape.hidden + 1))
    }
  }

  /// How Adam steps (Kingma & Ba 2015), with decoupled weight decay (Loshchilov & Hutter 2019: all weights are first
  /// multiplied by 1 - rate * decay, biases too).
  package struct Adam: Sendable {
    package var rate: Double
    package var decay: Double

    package init(rate: Double, decay: Double) {
      self.rate = rate
      self.decay = decay
    }
  }

  /// Puts the outputs for some rows, before the link, into `workspace.outputs`.
  /// - Parameters:
  ///   - rows: `count` rows of features and a 1 each.
  ///   - mask: by what hidden units are multiplied: hidden units by rows, or nothing.
  package func forward(
    _ rows: UnsafePointer<Scalar>, _ count: Int, mask: UnsafePointer<Scalar>? = nil,
    _ workspace: inout Workspace
  ) {
    let (width, hidden) = (shape.inputs + 1, shape.hidden)
    Scalar.gemm(
      transposeA: false, transposeB: true, m: hidden, n: count, k: width, alpha: 1, a: first, lda: width,
      b: rows, ldb: width, beta: 0, c: &workspace.units, ldc: count)
    let relu = shape.activation == .relu
    workspace.units.withUnsafeMutableBufferPointer { units in
      workspace.passed.withUnsafeMutableBufferPointer { passed in
        let (units, passed) = (units.baseAddress!, passed.baseAddress!)
        if relu {
          for index in 0..<hidden * count { units[index] = units[index] > 0 ? units[index] : 0 }
        } else {
          Scalar.tanh(units, hidden * count)
        }
        if let mask {
          for index in 0..<hidden * count { passed[index] = units[index] * mask[index] }
        } else {
          passed.update(from: units, count: hidden * count)
        }
        (passed + hidden * count).update(repeating: 1, count: count)
      }
    }
    Scalar.gemm(
      transposeA: true, transposeB: true, m: count, n: shape.outputs, k: hidden + 1, alpha: 1,
      a: workspace.passed, lda: count, b: second, ldb: hidden + 1, beta: 0, c: &workspace.outputs,
      ldc: shape.outputs)
  }

  /// Puts the gradients of the loss of some rows into the workspace.
  /// - Parameters:
  ///   - targets: all rows' outputs by row; the 0/1 coding for classes.
  ///   - places: where among them the targets of these rows stand.
  package func gradients(
    _ rows: UnsafePointer<Scalar>, targets: UnsafePointer<Scalar>, places: UnsafePointer<Int32>, _ count: Int,
    mask: UnsafePointer<Scalar>? = nil, _ workspace: inout Workspace
  ) {
    forward(rows, count, mask: mask, &workspace)
    let (width, hidden, outputs) = (shape.inputs + 1, shape.hidden, shape.outputs)
    Self.link(shape, &workspace.outputs, count)
    let share = 1 / Scalar(count)
    workspace.outputs.withUnsafeMutableBufferPointer { all in
      for row in 0..<count {
        let (output, target) = (all.baseAddress! + row * outputs, targets + Int(places[row]) * outputs)
        for column in 0..<outputs { output[column] = (output[column] - target[column]) * share }
      }
    }
    Scalar.gemm(
      transposeA: true, transposeB: true, m: outputs, n: hidden + 1, k: count, alpha: 1, a: workspace.outputs,
      lda: outputs, b: workspace.passed, ldb: count, beta: 0, c: &workspace.secondGradient, ldc: hidden + 1)
    Scalar.gemm(
      transposeA: true, transposeB: true, m: hidden, n: count, k: outputs, alpha: 1, a: second,
      lda: hidden + 1,
      b: workspace.outputs, ldb: outputs, beta: 0, c: &workspace.errors, ldc: count)
    let relu = shape.activation == .relu
    workspace.errors.withUnsafeMutableBufferPointer { errors in
      workspace.units.withUnsafeBufferPointer { units in
        let (errors, units) = (errors.baseAddress!, units.baseAddress!)
        if let mask { for index in 0..<hidden * count { errors[index] *= mask[index] } }
        if relu {
          for index in 0..<hidden * count { errors[index] = units[index] > 0 ? errors[index] : 0 }
        } else {
          for index in 0..<hidden * count { errors[index] *= 1 - units[index] * units[index] }
        }
      }
    }
    Scalar.gemm(
      transposeA: false, transposeB: false, m: hidden, n: width, k: count, alpha: 1, a: workspace.errors,
      lda: count, b: rows, ldb: width, beta: 0, c: &workspace.firstGradient, ldc: width)
  }

  /// One step of Adam on the loss of some rows; arguments as `gradients` has them.
  package mutating func step(
    _ adam: Adam, _ rows: UnsafePointer<Scalar>, targets: UnsafePointer<Scalar>,
    places: UnsafePointer<Int32>,
    _ count: Int, mask: UnsafePointer<Scalar>? = nil, _ workspace: inout Workspace
  ) {
    gradients(rows, targets: targets, places: places, count, mask: mask, &workspace)
    steps += 1
    // In double precision: 0.999^steps is close to 1 at first.
    let (beta1, beta2) = (0.9, 0.999)
    var (power1, power2) = (1.0, 1.0)
    for _ in 0..<min(steps, 100_000) {
      power1 *= beta1
      power2 *= beta2
    }
    let rate = Scalar(adam.rate / (1 - power1))
    let correction = Scalar(1 / (1 - power2).squareRoot())
    let kept = Scalar(1 - adam.rate * adam.decay)
    Scalar.adam(
      &first, workspace.firstGradient, &firstMean, &firstSquare, workspace.firstGradient.count, rate: rate,
      correction: correction, kept: kept)
    Scalar.adam(
      &second, workspace.secondGradient, &secondMean, &secondSquare, workspace.secondGradient.count,
      rate: rate,
      correction: correction, kept: kept)
  }

  /// The loss of some rows without dropout.
  package func loss(
    _ rows: UnsafePointer<Scalar>, targets: UnsafePointer<Scalar>, places: UnsafePointer<Int32>, _ count: Int,
    _ workspace: inout Workspace
  ) -> Double {
    forward(rows, count, &workspace)
    let (outputs, link) = (shape.outputs, shape.link)
    var sum = 0.0
    workspace.outputs.withUnsafeBufferPointer { all in
      for row in 0..<count {
        let (output, target) = (all.baseAddress! + row * outputs, targets + Int(places[row]) * outputs)
        switch link {
        case .linear:
          var squares: Scalar = 0
          for column in 0..<outputs {
            let error = output[column] - target[column]
            squares += error * error
          }
          sum += Double(squares) / 2
        case .logistic:
          // log(1 + exp(o)) - t o, without overflow.
          let o = output[0]
          sum += Double((o > 0 ? o : 0) + Scalar.log1p(Scalar.exp(-abs(o))) - target[0] * o)
        case .softmax:
          var (largest, exponentials, hit) = (output[0], Scalar(0), Scalar(0))
          for column in 1..<outputs { largest = output[column] > largest ? output[column] : largest }
          for column in 0..<outputs {
            exponentials += Scalar.exp(output[column] - largest)
            hit += target[column] * (output[column] - largest)
          }
          sum += Double(Scalar.log1p(exponentials - 1) - hit)
        }
      }
    }
    return sum / Double(count)
  }

  /// From outputs to predictions: class probabilities, or the outputs themselves.
  private static func link(_ shape: Shape, _ outputs: inout [Scalar], _ count: Int) {
    switch shape.link {
    case .linear: break
    case .logistic:
      for row in 0..<count { outputs[row] = 1 / (1 + Scalar.exp(-outputs[row])) }
    case .softmax:
      for row in 0..<count {
        let range = row * shape.outputs..<(row + 1) * shape.outputs
        let largest = outputs[range].max()!
        var sum: Scalar = 0
        for index in range {
          outputs[index] = Scalar.exp(outputs[index] - largest)
          sum += outputs[index]
        }
        for index in range { outputs[index] /= sum }
      }
    }
  }

  /// The predictions for some rows: rows by outputs, in double precision from the link on, so that probabilities near 0
  /// and 1 keep their order.
  func predictions(_ rows: [Scalar]) -> Matrix<Double> {
    let count = rows.count / (shape.inputs + 1)
    guard count > 0 else { return Matrix(rows: 0, columns: shape.outputs) }
    var workspace = Workspace(shape, rows: count)
    forward(rows, count, &workspace)
    var outputs = workspace.outputs.map { Double($0) }
    Network<Double>.link(shape, &outputs, count)
    return Matrix(rows: count, columns: shape.outputs, elements: outputs)
  }
}
