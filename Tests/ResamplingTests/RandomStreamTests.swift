import GSL
import Resampling
import Testing

@Suite("Random streams")
struct RandomStreamTests {
  @Test("a key is SplitMix64's first output for the seed, and differs for every path of names")
  func keys() {
    #expect(StreamKey(seed: 0).value == 0xe220_a839_7b1d_cdaf)
    #expect(StreamKey(seed: 1_234_567).value == 0x599e_d017_fb08_fc85)
    #expect(StreamKey(seed: 1, "a", "b") == StreamKey(seed: 1, "a").appending("b"))
    let keys: [StreamKey] = [
      StreamKey(seed: 1), StreamKey(seed: 2), StreamKey(seed: 1, ""), StreamKey(seed: 1, "", ""),
      StreamKey(seed: 1, "ab"), StreamKey(seed: 1, "a", "b"), StreamKey(seed: 1, "b", "a"),
      StreamKey(seed: 1, "a"),
      StreamKey(seed: 1, "a\0"), StreamKey(seed: 1, "é"), StreamKey(seed: 1, "e\u{301}"),
      StreamKey(seed: .max, "a"),
    ]
    #expect(Set(keys.map(\.value)).count == keys.count)
    // From a few lines of Python. Records name their seed, so the key of a name must never change.
    #expect(StreamKey(seed: 7, "animals", "permuted labels").value == 17_325_782_859_117_980_133)
  }

  @Test("the words are Philox's, with the replicate in the counter's upper half")
  func words() {
    let key = StreamKey(seed: 3, "words")
    let halves = SIMD2(UInt32(truncatingIfNeeded: key.value), UInt32(truncatingIfNeeded: key.value >> 32))
    for replicate in [0, 1, 5, 1 << 40] {
      var stream = RandomStream(key, replicate: replicate)
      for block in 0..<11 {
        let words = Philox.words(
          counter: SIMD4(
            UInt32(block), 0, UInt32(truncatingIfNeeded: replicate),
            UInt32(truncatingIfNeeded: replicate >> 32)),
          key: halves)
        for i in 0..<4 { #expect(stream.nextWord() == words[i]) }
      }
    }
  }

  @Test("64 bits are two words, wherever they begin")
  func pairs() {
    let key = StreamKey(seed: 4)
    var words = RandomStream(key, replicate: 0)
    var pairs = RandomStream(key, replicate: 0)
    #expect(pairs.nextWord() == words.nextWord())
    for _ in 0..<40 {
      let (low, high) = (UInt64(words.nextWord()), UInt64(words.nextWord()))
      #expect(pairs.next() == high << 32 | low)
    }
  }

  @Test("numbers below a bound are equally likely", arguments: [1, 2, 3, 6, 10, 1_000])
  func bounded(bound: Int) throws {
    var stream = RandomStream(StreamKey(seed: 5, "below"), replicate: bound)
    var counts = [Int](repeating: 0, count: bound)
    for _ in 0..<200_000 { counts[stream.below(bound)] += 1 }
    if bound > 1 { #expect(try evenness(counts) > 1e-4) }
  }

  @Test("so they are below bounds that refuse many words, of 32 bits and of more")
  func refusing() throws {
    for bound in [3 << 30, 3 << 60, 1 << 32, (1 << 32) + 1] {
      var stream = RandomStream(StreamKey(seed: 6), replicate: bound)
      var counts = [Int](repeating: 0, count: 12)
      // Without refusals every third number would come twice as often below 3 << 30 and 3 << 60.
      var thirds = [0, 0, 0]
      for _ in 0..<60_000 {
        let number = stream.below(bound)
        try #require(number >= 0 && number < bound)
        counts[number / ((bound + 11) / 12)] += 1
        thirds[number % 3] += 1
      }
      #expect(try evenness(thirds) > 1e-4, "\(bound)")
      #expect(try evenness(counts) > 1e-4, "\(bound)")
    }
  }

  @Test("uniform numbers are uniform")
  func uniform() {
    var stream = RandomStream(StreamKey(seed: 7), replicate: 0)
    let numbers = (0..<100_000).map { _ in stream.uniform() }
    #expect(numbers.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(KolmogorovSmirnov(uniform: numbers).probability > 1e-3)
    #expect(abs(mean(numbers) - 0.5) < 4 * (1.0 / 12 / 100_000).squareRoot())
  }

  @Test("normal numbers are normal: shape, moments, tails, independence")
  func normal() {
    var stream = RandomStream(StreamKey(seed: 8), replicate: 0)
    let sample = (0..<100_000).map { _ in stream.normal() }
    #expect(KolmogorovSmirnov(uniform: sample.map(normalCDF)).probability > 1e-3)

    let count = 2_000_000
    var numbers = [Double](repeating: 0, count: count)
    stream.fillWithNormals(&numbers)
    let n = Double(count)
    var powers = [0.0, 0, 0, 0, 0]
    var successive = 0.0
    for (i, z) in numbers.enumerated() {
      powers[1] += z
      powers[2] += z * z
      powers[3] += z * z * z
      powers[4] += z * z * z * z
      if i > 0 { successive += z * numbers[i - 1] }
    }
    // Standard errors of the moments of the normal distribution: 1, 2, 15, 96 over n.
    #expect(abs(powers[1] / n) < 4 * (1 / n).squareRoot())
    #expect(abs(powers[2] / n - 1) < 4 * (2 / n).squareRoot())
    #expect(abs(powers[3] / n) < 4 * (15 / n).squareRoot())
    #expect(abs(powers[4] / n - 3) < 4 * (96 / n).squareRoot())
    #expect(abs(successive / n) < 4 * (1 / n).squareRoot())
    // The edges of the lowest layers and the tail beyond 3.654, on both sides.
    for edge in [0.2, 1, 2, 3, 3.5, 3.654_152_885_361_009, 3.8, 4.2] {
      for sign in [1.0, -1] {
        let beyond = Double(numbers.reduce(0) { $0 + ($1 * sign > edge ? 1 : 0) })
        let probability = normalCDF(-edge)
        #expect(
          abs(beyond - n * probability) < 4.5 * (n * probability * (1 - probability)).squareRoot(), "\(edge)")
      }
    }
  }

  @Test("a filled array holds what single calls give; single precision rounds it")
  func filled() {
    let key = StreamKey(seed: 9)
    var single = RandomStream(key, replicate: 2)
    let expected = (0..<1_000).map { _ in single.normal() }
    var numbers = [Double](repeating: 0, count: 1_000)
    var stream = RandomStream(key, replicate: 2)
    stream.fillWithNormals(&numbers)
    #expect(numbers == expected)
    #expect(stream.next() == single.next())
    var floats = [Float](repeating: 0, count: 1_000)
    stream = RandomStream(key, replicate: 2)
    stream.fillWithNormals(&floats)
    #expect(floats == expected.map { Float($0) })
  }

  @Test("replicates of one key, and streams of different keys, are uncorrelated")
  func independence() {
    func numbers(_ key: StreamKey, _ replicate: Int) -> [Double] {
      var stream = RandomStream(key, replicate: replicate)
      return (0..<20_000).map { _ in stream.normal() }
    }
    let reference = numbers(StreamKey(seed: 10, "a"), 0)
    for other in [
      numbers(StreamKey(seed: 10, "a"), 1), numbers(StreamKey(seed: 10, "b"), 0),
      numbers(StreamKey(seed: 11, "a"), 0),
    ] {
      #expect(abs(correlation(reference, other)) < 4 / 20_000.0.squareRoot())
    }
  }

  @Test("a shuffle keeps the elements, and leaves short arrays alone")
  func shuffle() {
    var stream = RandomStream(StreamKey(seed: 12), replicate: 0)
    var none: [Int32] = []
    stream.shuffle(&none)
    var one: [Int32] = [5]
    stream.shuffle(&one)
    #expect(none.isEmpty && one == [5])
    var many: [Int32] = (0..<1_000).map { $0 }
    stream.shuffle(&many)
    #expect(many != (0..<1_000).map { $0 } && many.sorted() == (0..<1_000).map { $0 })
  }
}
