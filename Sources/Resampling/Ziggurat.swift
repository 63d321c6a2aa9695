internal import Glibc

/// The ziggurat of 256 layers of equal area under the normal density exp(-x^2/2), x >= 0.
@usableFromInline
struct Ziggurat: Sendable {
  @usableFromInline
  struct Layer: Sendable {
    /// Positions (52 bits) below this lie under the density for certain.
    @usableFromInline var inside: UInt64 = 0
    /// x per unit of position.
    @usableFromInline var scale = 0.0
    /// The density at the layer's right edge.
    @usableFromInline var density = 0.0
  }

  @usableFromInline let layers: [Layer]

  @usableFromInline static let standard = Ziggurat()

  /// Where the tail begins, for 256 layers.
  private static let tail = 3.654_152_885_361_008_8

  private init() {
    let positions = 0x1p52
    let tail = Self.tail
    func density(_ x: Double) -> Double { exp(-0.5 * x * x) }
    // The area of every layer, and of the lowest with its tail.
    let area = tail * density(tail) + (Double.pi / 2).squareRoot() * erfc(tail / 2.0.squareRoot())
    var layers = [Layer](repeating: Layer(), count: 256)
    let width = area / density(tail)
    layers[0] = Layer(inside: UInt64(tail / width * positions), scale: width / positions, density: 1)
    layers[255].scale = tail / positions
    layers[255].density = density(tail)
    var edge = tail
    for i in stride(from: 254, through: 1, by: -1) {
      let next = (-2 * log(area / edge + density(edge))).squareRoot()
      layers[i + 1].inside = UInt64(next / edge * positions)
      layers[i].scale = next / positions
      layers[i].density = density(next)
      edge = next
    }
    self.layers = layers
  }

  @inlinable @inline(__always)
  func draw(_ stream: inout RandomStream) -> Double {
    while true {
      // Bits 0 to 7 the layer, bit 8 the sign, bits 12 to 63 the position.
      let word = stream.next()
      let index = Int(word & 0xFF)
      let position = word >> 12
      let sign = (word & 0x100) << 55
      let x = Double(position) * layers[index].scale
      if position < layers[index].inside { return Double(bitPattern: x.bitPattern | sign) }
      if let y = decide(x, layer: index, &stream) { return Double(bitPattern: y.bitPattern | sign) }
    }
  }

  /// What happens near the edge of a layer and in the tail: a number, or nil to try again.
  @usableFromInline
  func decide(_ x: Double, layer: Int, _ stream: inout RandomStream) -> Double? {
    if layer == 0 {
      // Marsaglia's tail (1964).
      while true {
        let beyond = -log1p(-stream.uniform()) / Self.tail
        let height = -log1p(-stream.uniform())
        if 2 * height > beyond * beyond { return Self.tail + beyond }
      }
    }
    let (upper, lower) = (layers[layer - 1].density, layers[layer].density)
    return lower + (upper - lower) * stream.uniform() < exp(-0.5 * x * x) ? x : nil
  }
}
