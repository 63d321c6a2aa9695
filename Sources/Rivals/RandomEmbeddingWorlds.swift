public import GSL
public import Hypotheses
internal import Probing
public import Resampling

/// The worlds of `random_embedding`: one vector per type, of the real width, that knows nothing of the type.
///
/// `gaussian`: independent standard normal entries (Wieting & Kiela 2019 use the like as a baseline; arXiv:2508.13729 for
/// property norms). `spherical`: the same, scaled to length 1. `covariance_matched`: the real mean, plus the centred real
/// rows combined with independent standard normal weights over the square root of (rows - 1), which is Gaussian with
/// exactly the real (n - 1) covariance, of whatever rank. `shuffled_rows`: every type takes the real vector of a type drawn
/// without replacement (the first item of that type gives it). `shuffled_dimensions`: the same for every dimension on its
/// own. `character_ngrams`: see `CharacterNgrams`.
///
/// Two sides of a comparison get the same vectors: the narrower side has the first dimensions of the wider one's, and mixes
/// and shuffles are the same.
public struct RandomEmbeddingWorlds: RepresentationRival {
  let kind: RandomEmbedding.Kind
  let typeOf: [Int]
  /// The first item of every type.
  let representatives: [Int]
  let real: Matrix<Double>
  /// How many dimensions are drawn; the first of them are used.
  let drawnWidth: Int
  /// For `covariance_matched`: the real rows about their mean, over the square root of (rows - 1), and that mean.
  private let centred: Matrix<Double>
  private let means: [Double]
  /// For `character_ngrams`: the types' texts.
  private let ngrams: CharacterNgrams?
  let key: StreamKey

  /// - Parameters:
  ///   - types: one id per item; items of one type share a vector.
  ///   - real: the real representation.
  ///   - drawnWidth: how many dimensions are drawn, at least as many as are real; `nil` for as many as are real.
  ///   - texts: for `character_ngrams`, the text of every item; items of one text share a vector, whatever their types.
  public init(
    kind: RandomEmbedding.Kind, types: [Int], real: Matrix<Double>, drawnWidth: Int? = nil,
    texts: [String] = [], key: StreamKey
  ) {
    if kind == .characterNgrams {
      precondition(texts.count == real.rows, "one text per item")
      typeOf = Identifier.numbers(of: texts).numbers.map { $0! }
    } else {
      (typeOf, _) = numbered(types)
    }
    var representatives: [Int] = []
    for (item, type) in typeOf.enumerated() where type == representatives.count {
      representatives.append(item)
    }
    self.representatives = representatives
    self.kind = kind
    self.real = real
    self.drawnWidth = max(drawnWidth ?? real.columns, real.columns)
    self.key = key
    ngrams =
      kind == .characterNgrams ? CharacterNgrams(representatives.map { texts[$0] }, key: key) : nil
    guard kind == .covarianceMatched else {
      (centred, means) = (Matrix(rows: 0, columns: 0), [])
      return
    }
    let means = (0..<real.columns).map { real.column($0).reduce(0, +) / Double(max(real.rows, 1)) }
    let scale = 1 / Double(max(real.rows - 1, 1)).squareRoot()
    var centred = real
    for index in centred.elements.indices {
      centred.elements[index] = (centred.elements[index] - means[index % real.columns]) * scale
    }
    (self.centred, self.means) = (centred, means)
  }

  public var count: Int? { nil }

  public func representation(replicate: Int) -> Matrix<Double> {
    var stream = RandomStream(key, replicate: replicate)
    let (types, width) = (representatives.count, real.columns)
    switch kind {
    case .gaussian:
      return normal(&stream, columns: drawnWidth).leading(columns: width).gathering(rows: typeOf)
    case .spherical:
      var vectors = normal(&stream, columns: drawnWidth).leading(columns: width)
      for type in 0..<types {
        let length = vectors.row(type).reduce(0) { $0 + $1 * $1 }.squareRoot()
        for column in 0..<width { vectors[type, column] /= length }
      }
      return vectors.gathering(rows: typeOf)
    case .covarianceMatched:
      var vectors = normal(&stream, columns: real.rows).multiplied(by: centred)
      for index in vectors.elements.indices { vectors.elements[index] += means[index % width] }
      return vectors.gathering(rows: typeOf)
    case .shuffledRows:
      let deal = stream.permutation(types)
      return real.gathering(rows: typeOf.map { representatives[Int(deal[$0])] })
    case .shuffledDimensions:
      var vectors = Matrix<Double>(rows: types, columns: width)
      for column in 0..<width {
        let deal = stream.permutation(types)
        for type in 0..<types { vectors[type, column] = real[representatives[Int(deal[type])], column] }
      }
      return vectors.gathering(rows: typeOf)
    case .characterNgrams:
      return ngrams!.vectors(width: width, replicate: replicate).gathering(rows: typeOf)
    }
  }

  /// Types by columns, independent standard normal.
  private func normal(_ stream: inout RandomStream, columns: Int) -> Matrix<Double> {
    var vectors = Matrix<Double>(rows: representatives.count, columns: columns)
    stream.fillWithNormals(&vectors.elements)
    return vectors
  }
}

extension Matrix<Double> {
  /// The first columns.
  fileprivate func leading(columns count: Int) -> Matrix {
    if count == columns { return self }
    return Matrix(rows: rows, columns: count, elements: (0..<rows).flatMap { row($0).prefix(count) })
  }
}
