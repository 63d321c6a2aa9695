import Foundation
import GSL
import Resampling
import Testing

@Suite("Generalized Pareto tails")
struct TailTests {
  let fixture: InferenceFixture

  init() throws { fixture = try InferenceFixture.load() }

  @Test("the distribution agrees with scipy.stats.genpareto")
  func distribution() throws {
    for row in fixture.paretoTails {
      let tail = try generalizedParetoTail(row[2], shape: row[0], scale: row[1])
      #expect(isClose(tail, row[3], 1e-11), "\(row) \(tail)")
    }
    for (x, shape, scale) in [(1.0, 0.1, 0.0), (1, 0.1, -1), (1, .nan, 1), (.nan, 0, 1), (1, 0, .infinity)] {
      #expect(throws: GSLError.self) { _ = try generalizedParetoTail(x, shape: shape, scale: scale) }
    }
    #expect(try generalizedParetoTail(-3, shape: 0.1, scale: 1) == 1)
  }

  @Test("fits agree with scipy.stats.genpareto.fit, polished; no likelihood is greater")
  func fits() throws {
    for entry in fixture.paretoFits {
      let fit = try #require(GeneralizedPareto(excesses: entry.y))
      #expect(abs(fit.shape - entry.shape) < 1e-5 && isClose(fit.scale, entry.scale, 1e-5), "\(fit)")
      #expect(fit.logLikelihood > entry.logLikelihood - 1e-7 && !fit.isConstrained)
      // Where SciPy's own search stops.
      #expect(abs(fit.shape - entry.scipyShape) < 1e-3 && isClose(fit.scale, entry.scipyScale, 1e-3))
      #expect(isClose(fit.andersonDarling(entry.y), entry.andersonDarling, 1e-4))
    }
  }

  @Test("under the support constraint, fits agree with SciPy's constrained optimum, and reach far enough")
  func constrained() throws {
    var bound = 0
    for entry in fixture.paretoFits {
      let fit = try #require(GeneralizedPareto(excesses: entry.y, support: entry.support))
      #expect(abs(fit.shape - entry.heldShape) < 1e-4 && isClose(fit.scale, entry.heldScale, 1e-4), "\(fit)")
      #expect(fit.logLikelihood > entry.heldLogLikelihood - 1e-6)
      #expect(fit.shape >= 0 || -fit.scale / fit.shape >= entry.support * (1 - 1e-9))
      #expect(fit.tail(0.99 * entry.support) > 0)
      let free = try #require(GeneralizedPareto(excesses: entry.y))
      let ends = free.shape < 0 && -free.scale / free.shape < entry.support
      #expect(fit.isConstrained == ends)
      if ends {
        bound += 1
        #expect(free.tail(0.99 * entry.support) == 0 && fit.logLikelihood < free.logLikelihood)
      } else {
        #expect(abs(fit.shape - free.shape) < 1e-6)
      }
    }
    #expect(bound >= 1 && bound < fixture.paretoFits.count)
  }

  @Test("what cannot be fitted is none")
  func degenerate() {
    for excesses in [[], [1], [2, 2, 2], [1, -1, 2], [0, 1], [.nan, 1, 2], [.infinity, 1]] as [[Double]] {
      #expect(GeneralizedPareto(excesses: excesses) == nil)
    }
    #expect(GeneralizedPareto(excesses: [1, 2, 3]) != nil)
  }

  /// Excesses by inversion.
  private func sample(_ count: Int, shape: Double, _ stream: inout RandomStream) -> [Double] {
    (0..<count).map { _ in
      let u = 1 - stream.uniform()
      return shape == 0 ? -log(u) : (pow(u, -shape) - 1) / shape
    }.filter { $0 > 0 }
  }

  @Test("the test of fit rejects one of twenty true fits, and most false ones")
  func goodnessOfFit() {
    for (shape, count) in [(-0.45, 250), (-0.2, 100), (0.0, 250), (0.25, 60)] {
      var rejected = 0
      let datasets = 1_000
      for dataset in 0..<datasets {
        var stream = RandomStream(StreamKey(seed: 70, "fit", "\(shape)"), replicate: dataset)
        let excesses = sample(count, shape: shape, &stream)
        if GeneralizedPareto(excesses: excesses)?.fits(excesses) != true { rejected += 1 }
      }
      let rate = Double(rejected) / Double(datasets)
      print("Pareto fit: shape \(shape), \(count) excesses: rejected \(rate) at .05")
      #expect(rate > 0.02 && rate < 0.09, "\(shape)")
    }
    // Excesses of two kinds, and counted ones.
    var found = 0
    for dataset in 0..<100 {
      var stream = RandomStream(StreamKey(seed: 71, "misfit"), replicate: dataset)
      let mixed = (0..<250).map { _ in
        stream.uniform() < 0.5 ? 0.1 * stream.uniform() + 1e-9 : 1 + stream.uniform()
      }
      let counted = (0..<250).map { _ in Double(1 + stream.below(4)) }
      if GeneralizedPareto(excesses: mixed)?.fits(mixed) != true { found += 1 }
      if GeneralizedPareto(excesses: counted)?.fits(counted) != true { found += 1 }
    }
    #expect(found > 190)
  }

  /// The decimal logarithm of approximate over true tail, in 1,000 replicates of a known distribution, over data
  /// sets; ascending.
  private func errors(
    _ name: String, observed: Double, truth: Double, datasets: Int, margin: Double = 0.5,
    _ draw: (inout RandomStream) -> Double
  ) -> [Double] {
    (0..<datasets).compactMap { dataset in
      var stream = RandomStream(StreamKey(seed: 72, name, "\(observed)"), replicate: dataset)
      let null = (0..<1_000).map { _ in draw(&stream) }
      return (try? TailApproximation(observed: observed, null: null, margin: margin)).map {
        log10($0.value / truth)
      }
    }.sorted()
  }

  @Test("far tails of known distributions: within two decades, and seldom too small by more than one")
  func accuracy() throws {
    // Of a standard normal number, and of the square of a correlation of five dimensions with 40 items.
    let datasets = 1_000
    for z in [3.5, 4.5, 5.5] {
      let ratios = errors("normal", observed: z, truth: normalCDF(-z), datasets: datasets) { $0.normal() }
      report("normal, z \(z)", normalCDF(-z), ratios, of: datasets)
    }
    // Why the margin is so large.
    let narrow = errors("normal", observed: 4.5, truth: normalCDF(-4.5), datasets: datasets, margin: 0.01) {
      $0.normal()
    }
    print("tail: normal, z 4.5, margin 0.01: log10 ratio, median \(quantile(narrow, 0.5))")
    #expect(quantile(narrow, 0.5) < -2)
    for r2 in [0.5, 0.6] {
      let truth = try betaCDF(1 - r2, a: 17, b: 2.5)
      let ratios = errors("r2", observed: r2, truth: truth, datasets: datasets) { stream in
        let squares = (0..<39).map { _ in
          let z = stream.normal()
          return z * z
        }
        return squares[..<5].reduce(0, +) / squares.reduce(0, +)
      }
      report("r2 \(r2)", truth, ratios, of: datasets)
    }
  }

  private func report(_ name: String, _ truth: Double, _ ratios: [Double], of datasets: Int) {
    let (low, middle, high) = (quantile(ratios, 0.05), quantile(ratios, 0.5), quantile(ratios, 0.95))
    print(
      "tail: \(name), true \(truth): \(ratios.count) of \(datasets) fitted, log10 ratio \(low) \(middle) \(high)"
    )
    #expect(ratios.count > datasets * 8 / 10, "\(name)")
    #expect(low > -1 && abs(middle) < 2, "\(name)")
  }

  @Test("never 0, and refusals say why")
  func refusals() throws {
    var stream = RandomStream(StreamKey(seed: 73, "tail"), replicate: 0)
    // Means of three uniform numbers end at 1, and so, about, does any fit without the constraint.
    let means = (0..<2_000).map { _ in (stream.uniform() + stream.uniform() + stream.uniform()) / 3 }
    for observed in [0.99, 1, 1.05] {
      let tail = try TailApproximation(observed: observed, null: means)
      #expect(tail.value > 0 && tail.value < 1e-3 && tail.replicates == 2_000 && tail.fit.isConstrained)
      let excesses = means.filter { $0 > tail.threshold }.map { $0 - tail.threshold }
      let free = try #require(GeneralizedPareto(excesses: excesses))
      #expect(free.tail(1.05 - tail.threshold) == 0)
    }
    // Uniform numbers end so abruptly that what reaches further does not fit them.
    let uniform = (0..<2_000).map { _ in stream.uniform() }
    for observed in [1.5, 1e6] {
      #expect(throws: TailError.noFit) { _ = try TailApproximation(observed: observed, null: uniform) }
    }
    #expect(throws: TailError.notNeeded(exceedances: uniform.count { $0 >= 0.9 })) {
      _ = try TailApproximation(observed: 0.9, null: uniform)
    }
    #expect(throws: TailError.tooFewReplicates(found: 199, needed: 200)) {
      _ = try TailApproximation(observed: 2, null: Array(uniform[..<199]))
    }
    #expect(throws: TailError.notFinite) { _ = try TailApproximation(observed: .nan, null: uniform) }
    #expect(throws: TailError.notFinite) {
      _ = try TailApproximation(observed: 2, null: uniform + [.infinity])
    }
    #expect(throws: TailError.noFit) {
      _ = try TailApproximation(observed: 9, null: (0..<2_000).map { Double($0 % 3) })
    }
  }
}
