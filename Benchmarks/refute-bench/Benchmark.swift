import Foundation
import GSL
import Hypotheses
import Probing
import Resampling
import Rivals

/// Times the permutation engine on data that the driver (`run.py`) has written, one measurement per line that it sends,
/// so that ours and the peers' take turns within one run.
///
/// The folder holds `x.f64` (items by dimensions), `y.f64` (items by targets) and `folds.i64` (a fold per item),
/// as raw little-endian numbers. Its folder `norms` holds the same for many targets.
///
/// Lines: `fixed JOBS REPLICATES PENALTY`, `loo JOBS REPLICATES`, `logistic JOBS REPLICATES PENALTY` (whether y exceeds its
/// median), `pls JOBS REPLICATES COMPONENTS` (on the norms), `ffnn JOBS WORLDS HIDDEN EPOCHS`, `heads JOBS REPLICATES`,
/// `sgemm JOBS SIZE`. Answers: one line of JSON each.
///
/// For `heads` the folder `heads` holds a treebank and its attention: see `HeadFamilies`.
@main
struct Benchmark {
  let x: Matrix<Double>
  let y: Targets
  let split: Split

  /// y as two classes.
  var classes: Targets {
    let values = y.coded.elements
    let median = values.sorted()[values.count / 2]
    return Targets(classes: values.map { $0 >= median ? "1" : "0" })
  }

  static func main() async throws {
    guard CommandLine.arguments.count == 2 else {
      FileHandle.standardError.write(Data("usage: refute-bench FOLDER\n".utf8))
      exit(2)
    }
    let folder = URL(filePath: CommandLine.arguments[1], directoryHint: .isDirectory)
    let benchmark = try Benchmark(folder: folder)
    let norms = try Benchmark(folder: folder.appending(path: "norms"))
    while let line = readLine() {
      let words = line.split(separator: " ")
      let numbers = words.dropFirst().compactMap { Double($0) }
      let answer =
        switch (words.first, numbers.count) {
        case ("fixed", 3):
          try await benchmark.permutationTest(
            .ridge(Ridge(penalty: .fixed(numbers[2]))), replicates: Int(numbers[1]), jobs: Int(numbers[0]))
        case ("loo", 2):
          try await benchmark.permutationTest(
            .ridge(Ridge(penalty: .chosen(.leaveOneOut, grid: Penalty.defaultGrid))),
            replicates: Int(numbers[1]), jobs: Int(numbers[0]))
        case ("logistic", 3):
          try await benchmark.permutationTest(
            .logistic(Logistic(penalty: numbers[2])), benchmark.classes, metric: .accuracy,
            replicates: Int(numbers[1]), jobs: Int(numbers[0]))
        case ("pls", 3):
          try await norms.permutationTest(
            .pls(PLS(components: .fixed(Int(numbers[2])), scale: .none)), replicates: Int(numbers[1]),
            jobs: Int(numbers[0]))
        case ("ffnn", 4):
          try await benchmark.networks(
            worlds: Int(numbers[1]), hidden: Int(numbers[2]), epochs: Int(numbers[3]), jobs: Int(numbers[0]))
        case ("heads", 2):
          try await HeadFamilies(folder: folder.appending(path: "heads")).permutationTest(
            replicates: Int(numbers[1]), jobs: Int(numbers[0]))
        case ("sgemm", 2): try await singlePrecisionRate(size: Int(numbers[1]), jobs: Int(numbers[0]))
        default: "{\"error\": \"unknown request\"}"
        }
      print(answer)
      fflush(nil)
    }
  }

  init(folder: URL) throws {
    let values = try numbers(folder, "y.f64", Double.self)
    let features = try numbers(folder, "x.f64", Double.self)
    let folds = try numbers(folder, "folds.i64", Int64.self).map { Int($0) }
    let items = folds.count
    x = Matrix(rows: items, columns: features.count / items, elements: features)
    y = Targets(numeric: Matrix(rows: items, columns: values.count / items, elements: values))
    split = Split(foldOf: folds)
  }

  /// A whole permutation test from the loaded matrix: factorisation, observed score, shuffles, scores, p-value.
  func permutationTest(
    _ probe: Probe, _ targets: Targets? = nil, metric: Metric = .r2, replicates: Int, jobs: Int
  ) async throws -> String {
    let y = targets ?? y
    let clock = ContinuousClock()
    let start = clock.now
    let instrument = Instrument(metric: metric, probe: probe, splits: [split])
    let prepared = try await instrument.prepare(x, jobs: jobs)
    let afterPreparation = clock.now
    let observed = prepared.evaluate(y).score
    let afterObserved = clock.now
    let worlds = PermutedLabelsWorlds(
      scheme: .free(count: y.count), key: StreamKey(seed: 1, "bench", "permuted_labels"))
    let null = try await prepared.scores(
      y, replicates: 0..<replicates, observed: observed, jobs: jobs,
      source: { worlds.source(replicate: $0, into: &$1) })
    let p = pValue(observed: observed, null: null, exact: false)
    let end = clock.now

    let mean = null.reduce(0, +) / Double(null.count)
    let deviation = (null.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(null.count - 1)).squareRoot()
    return """
      {"seconds": \((end - start).seconds), "prepare": \((afterPreparation - start).seconds), \
      "observe": \((afterObserved - afterPreparation).seconds), "score": \((end - afterObserved).seconds), \
      "observed": \(observed), "null_mean": \(mean), "null_sd": \(deviation), "p": \(p.value)}
      """
  }

  /// Networks for worlds of permuted targets, each through as many passes as asked for, in all folds.
  func networks(worlds count: Int, hidden: Int, epochs: Int, jobs: Int) async throws -> String {
    let network = FFNN(
      hidden: hidden, activation: .tanh, dropout: 0, weightDecay: 0, learningRate: 0.001, batch: 64,
      epochs: epochs,
      patience: epochs,
      validation: 0.1)
    let clock = ContinuousClock()
    let start = clock.now
    let prepared = try await Instrument(metric: .r2, probe: .ffnn(network), splits: [split]).prepare(
      x, jobs: jobs)
    let afterPreparation = clock.now
    let observed = prepared.evaluate(y).score
    let afterObserved = clock.now
    let worlds = PermutedLabelsWorlds(
      scheme: .free(count: y.count), key: StreamKey(seed: 1, "bench", "permuted_labels"))
    let null = try await prepared.scores(
      y, replicates: 0..<count, observed: observed, jobs: jobs,
      source: { worlds.source(replicate: $0, into: &$1) })
    let end = clock.now
    return """
      {"prepare": \((afterPreparation - start).seconds), "observe": \((afterObserved - afterPreparation).seconds), \
      "score": \((end - afterObserved).seconds), "observed": \(observed), \
      "null_mean": \(null.reduce(0, +) / Double(max(null.count, 1)))}
      """
  }

  /// The machine's single-precision rate: one big square product per worker at the same time, through the BLAS that
  /// the engine uses.
  static func singlePrecisionRate(size: Int, jobs: Int) async throws -> String {
    let seconds = try await mapConcurrently(jobs, jobs: jobs) { worker in
      let a = [Float](repeating: 0.5, count: size * size)
      let b = a
      var c = a
      func multiply() {
        Float.gemm(
          transposeA: false, transposeB: false, m: size, n: size, k: size, alpha: 1, a: a, lda: size, b: b,
          ldb: size, beta: 0, c: &c, ldc: size)
      }
      multiply()
      let clock = ContinuousClock()
      return clock.measure(multiply).seconds
    }
    let operations = 2 * Double(jobs) * Double(size) * Double(size) * Double(size)
    return """
      {"rate": \(operations / seconds.max()!), "kernel": "\(BLAS.kernel)", "blas": "\(BLAS.configuration)"}
      """
  }
}

/// The raw numbers of a file.
func numbers<Number>(_ folder: URL, _ name: String, _: Number.Type) throws -> [Number] {
  try Data(contentsOf: folder.appending(path: name)).withUnsafeBytes {
    Array($0.bindMemory(to: Number.self))
  }
}

extension Duration {
  var seconds: Double { self / .seconds(1) }
}
