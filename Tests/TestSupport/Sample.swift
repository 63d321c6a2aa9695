/// A small data folder in which it is known what is true: 120 items of 8 dimensions, with columns that the dimensions
/// hold, do not hold, or hold only through a confound.
public struct Sample {
  /// A small generator with a fixed seed; nothing that is tested depends on its quality.
  public struct Generator {
    var state: UInt64
    public init(seed: UInt64) { state = seed }

    public mutating func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 53)
    }

    /// Standard normal, by the sum of twelve uniforms.
    public mutating func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + uniform() } }
  }

  public static let items = 120
  public static let dimensions = 8
  public static let keys = (0..<items).map { "w\($0)" }

  /// Writes `x.safetensors` (tensors `x`, `copies`, `twin.0`, `twin.1`, `same`), and `t.csv` with the columns key, signal
  /// (linear in x), noise, class (a or b, by the sign of signal), confound (what `confounded` is made of), confounded
  /// (in x too), faint (weakly in x), group (12 groups) and type (40 types).
  public static func write(to folder: TemporaryFolder) throws {
    var random = Generator(seed: 7)
    let (n, d) = (items, dimensions)
    var x = (0..<n * d).map { _ in random.normal() }
    let confound = (0..<n).map { _ in random.normal() }
    // The last dimension carries the confound.
    for i in 0..<n { x[i * d + d - 1] = confound[i] + 0.3 * random.normal() }
    let signal = (0..<n).map { i in x[i * d] - 0.5 * x[i * d + 1] + 0.5 * random.normal() }
    let faint = (0..<n).map { i in 0.45 * x[i * d] + random.normal() }
    let copies = (0..<n).flatMap { i in (0..<d).map { x[(i % 60) * d + $0] } }
    let twins = (0..<2).map { _ in (0..<n * d).map { _ in random.normal() } }
    try folder.write(
      safetensors(
        [
          "x": (x, d), "copies": (copies, d), "twin.0": (twins[0], d), "twin.1": (twins[1], d),
          "same": (x, d),
        ], keys: keys), to: "x.safetensors")
    var table = "key,signal,noise,class,confound,confounded,faint,group,type\n"
    for i in 0..<n {
      let cells = [
        keys[i], "\(signal[i])", "\(random.normal())", signal[i] > 0 ? "a" : "b", "\(confound[i])",
        "\(confound[i] + 0.1 * random.normal())", "\(faint[i])", "g\(i % 12)", "t\(i % 40)",
      ]
      table += cells.joined(separator: ",") + "\n"
    }
    try folder.write(table, to: "t.csv")
  }

  /// A hypothesis on this data.
  public static func hypothesis(
    _ name: String = "sample", tensor: String = "x", metric: String = "r2", target: String = "signal",
    claim: String = ">= 0.3", premise: String = "", rivals: [String], expect: String? = nil,
    extra: String = ""
  ) -> String {
    """
    hypothesis "\(name)" {
      data x = activations("x.safetensors", tensor: "\(tensor)")
      data twins = activations("x.safetensors", tensor: "twin.*")
      data same = activations("x.safetensors", tensor: "same")
      data t = table("t.csv", key: key)
      \(extra)
      measure score = \(metric) {
        predict t.\(target) from x
        folds 5
      }
      \(premise)
      claim score \(claim)
      \(rivals.map { "withstand " + $0 }.joined(separator: "\n  "))
      \(expect.map { "expect " + $0 } ?? "")
    }

    """
  }
}
