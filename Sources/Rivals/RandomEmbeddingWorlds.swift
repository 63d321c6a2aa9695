public import GSL
public import Hypotheses
public import Resampling

/// The worlds of `random_embedding`: one random vector per type, of the real width.
///
/// `gaussian`: independent standard normal entries (Wieting & Kiela 2019 use the like as a baseline). `shuffled_rows`:
/// every type takes the real vector of a type drawn without replacement (the first item of that type gives it).
public struct RandomEmbeddingWorlds: RepresentationRival {
  let kind: RandomEmbedding.Kind
  let typeOf: [Int]
  /// The first item of every type.
  let representatives: [Int]
  let real: Matrix<Double>
  let key: StreamKey

  /// - Parameters:
  ///   - types: one id per item; items of one type share a vector.
  ///   - real: the real representation.
  public init(kind: RandomEmbedding.Kind, types: [Int], real: Matrix<Double>, key: StreamKey) {
    var numbers: [Int: Int] = [:]
    var representatives: [Int] = []
    typeOf = types.enumerated().map { item, type in
      if let number = numbers[type] { return number }
      numbers[type] = numbers.count
      representatives.append(item)
      return numbers.count - 1
    }
    self.kind = kind
    self.representatives = representatives
    self.real = real
    self.key = key
  }

  public var count: Int? { nil }

  public func representation(replicate: Int) -> Matrix<Double> {
    var stream = RandomStream(key, replicate: replicate)
    switch kind {
    case .gaussian:
      var vectors = Matrix<Double>(rows: representatives.count, columns: real.columns)
      for index in vectors.elements.indices { vectors.elements[index] = stream.normal() }
      return vectors.gathering(rows: typeOf)
    case .spherical, .covarianceMatched, .shuffledDimensions, .characterNgrams:
      fatalError("not yet")
    case .shuffledRows:
      var deal = (0..<Int32(representatives.count)).map { $0 }
      stream.shuffle(&deal)
      return real.gathering(rows: typeOf.map { representatives[Int(deal[$0])] })
    }
  }
}
