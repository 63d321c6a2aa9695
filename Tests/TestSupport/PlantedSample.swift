import Foundation

/// Properties of known strength in Gaussian vectors: 500 items of 20 dimensions, made anew from every seed.
public enum PlantedSample {
  public static let items = 500
  public static let dimensions = 20
  /// How many 0/1 columns every family of features has.
  public static let features = 12
  static let keys = (0..<items).map { "w\($0)" }

  /// How strongly a family of features is in the vectors: the correlation of what a feature is a threshold of with a
  /// direction of the vectors.
  public enum Strength: String, CaseIterable, Sendable {
    case strong, edge, weak

    public var correlation: Double {
      switch self {
      case .strong: 0.95
      case .edge: 0.4
      case .weak: 0.2
      }
    }

    /// The r2 of the best linear prediction of all columns, by theory: a feature is 1 where a standard normal number
    /// exceeds t; with correlation s to a direction, its covariance with that direction is s φ(t).
    public var r2: Double {
      var explained = 0.0
      var variance = 0.0
      for feature in 0..<PlantedSample.features {
        let t = PlantedSample.threshold(feature)
        let density = exp(-t * t / 2) / (2 * Double.pi).squareRoot()
        let share = erfc(t / 2.0.squareRoot()) / 2
        explained += correlation * correlation * density * density
        variance += share * (1 - share)
      }
      return explained / variance
    }
  }

  /// The features' thresholds: between 50 and 20 % of the items have one.
  static func threshold(_ feature: Int) -> Double { 0.07 * Double(feature) }

  /// Writes `p.safetensors` with the tensors
  /// - `x`: Gaussian vectors, which hold strong_*, edge_* and weak_*,
  /// - `kinds`: one direction for each of ten kinds, and noise: it holds kind_*, which follow from the kind but for one
  ///   cell in fifty,
  /// - `few`: the first three dimensions of x, which hold `product` (that of two of them) and `sum`;
  ///
  /// and `p.csv` with the columns key, kind, product, sum and the features.
  public static func write(to folder: TemporaryFolder, seed: UInt64) throws {
    var random = Sample.Generator(seed: seed)
    // The first numbers of neighbouring seeds are alike.
    for _ in 0..<20 { _ = random.uniform() }
    let (n, d) = (items, dimensions)
    func normals(_ count: Int) -> [Double] { (0..<count).map { _ in random.normal() } }
    let x = normals(n * d)
    let centres = (0..<10).map { _ in normals(d) }
    let kinds = (0..<n).map { _ in Int(random.uniform() * 10) }
    let inKind = kinds.flatMap { kind in centres[kind].map { 2 * $0 + 0.3 * random.normal() } }
    // Every kind lacks and has some features, and so does every feature.
    let hasFeature = (0..<10).map { kind in (0..<features).map { (kind * 7 + $0 * 3) % 10 < 4 } }
    let directions = (0..<Strength.allCases.count * features).map { _ in
      let direction = normals(d)
      let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return direction.map { $0 / length }
    }
    var header = ["key", "kind", "product", "sum"]
    header += Strength.allCases.flatMap { strength in (0..<features).map { "\(strength.rawValue)_\($0)" } }
    header += (0..<features).map { "kind_\($0)" }
    var table = header.joined(separator: ",") + "\n"
    for item in 0..<n {
      let row = Array(x[item * d..<(item + 1) * d])
      var cells = [keys[item], "k\(kinds[item])"]
      cells.append("\(row[0] * row[1] + 0.3 * random.normal())")
      cells.append("\(row[0] + row[1] + 0.5 * random.normal())")
      for (family, strength) in Strength.allCases.enumerated() {
        let s = strength.correlation
        for feature in 0..<features {
          let along = zip(row, directions[family * features + feature]).reduce(0) { $0 + $1.0 * $1.1 }
          let latent = s * along + (1 - s * s).squareRoot() * random.normal()
          cells.append(latent > threshold(feature) ? "1" : "0")
        }
      }
      for feature in 0..<features {
        cells.append(hasFeature[kinds[item]][feature] != (random.uniform() < 0.02) ? "1" : "0")
      }
      table += cells.joined(separator: ",") + "\n"
    }
    let few = (0..<n).flatMap { item in (0..<3).map { x[item * d + $0] } }
    try folder.write(
      safetensors(["x": (x, d), "kinds": (inKind, d), "few": (few, 3)], keys: keys), to: "p.safetensors")
    try folder.write(table, to: "p.csv")
  }

  /// A claim as it is published, by a metric of features, with the rivals of property inference and one margin for all.
  /// - Parameters:
  ///   - features: the family of columns.
  ///   - margin: what the score must lie above every rival.
  public static func hypothesis(
    _ name: String = "planted", tensor: String = "x", features: String, metric: String, probe: String,
    claim: String, margin: Double
  ) -> String {
    """
    hypothesis "\(name)" {
      data x = activations("p.safetensors", tensor: "\(tensor)")
      data t = table("p.csv", key: key)
      measure score = \(metric) {
        predict t[\(features)_*] from x
        probe \(probe)
        folds 5
      }
      claim score \(claim)
      withstand permuted_labels(replicates: 200)             { p < 0.01, margin >= \(margin) }
      withstand random_embedding(gaussian, replicates: 20)   { margin >= \(margin) }
      withstand random_norms(marginals, replicates: 20)      { margin >= \(margin) }
      withstand category_means(t.kind)                       { margin >= \(margin) }
      withstand knn_copy                                     { margin >= \(margin) }
      withstand mean_predictor                               { margin >= \(margin) }
    }

    """
  }
}
