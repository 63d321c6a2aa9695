// swift-tools-version: 6.2
import PackageDescription

// One verb per module; a module imports only what stands above it in this list.
// docs/architecture.md explains the house.

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "refute",
  products: [
    .executable(name: "refute", targets: ["refute"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    // GSL's headers and OpenBLAS's LAPACK. No `pkgConfig: "gsl"`: that links libgslcblas, whose matrix
    // products are 30 to 40 times slower than OpenBLAS's, and nothing would say so.
    .systemLibrary(name: "CGSL", providers: [.apt(["libgsl-dev", "libopenblas-dev"])]),
    .target(name: "GSL", dependencies: ["CGSL"], swiftSettings: strict),
    .target(name: "Resampling", dependencies: ["GSL"], swiftSettings: strict),
    .target(name: "Hypotheses", swiftSettings: strict),
    .target(
      name: "Activations",
      dependencies: ["GSL", "Hypotheses", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),
    .target(
      name: "HypothesisLanguage", dependencies: ["Hypotheses", "Resampling"], swiftSettings: strict),
    .target(
      name: "Probing", dependencies: ["GSL", "Resampling", "Hypotheses"], swiftSettings: strict),
    .target(name: "Rivals", dependencies: ["Probing", "Resampling", "Hypotheses"], swiftSettings: strict),
    .target(
      name: "Falsification",
      dependencies: ["Activations", "GSL", "Hypotheses", "Probing", "Resampling", "Rivals"],
      swiftSettings: strict),
    .target(
      name: "Reporting",
      dependencies: [
        "Falsification", "Hypotheses", "Resampling",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      swiftSettings: strict),
    // The sections of docs/ that `refute explain` shows; Pages/ holds links to them, so there is one text.
    .target(
      name: "Explanations",
      resources: [
        .embedInCode("Pages/measurements.md"), .embedInCode("Pages/rivals.md"),
        .embedInCode("Pages/rules.md"),
        .embedInCode("Pages/verdicts.md"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "refute",
      dependencies: [
        "Activations", "Explanations", "Falsification", "GSL", "Hypotheses", "HypothesisLanguage",
        "Reporting",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "refute-bench", dependencies: ["GSL", "Hypotheses", "Probing", "Resampling", "Rivals"],
      path: "Benchmarks/refute-bench", swiftSettings: strict),
    // Simulations in which it is known what is true; `make calibrate` runs all of them, a test some.
    .target(
      name: "CalibrationSuite",
      dependencies: [
        "Activations", "Falsification", "GSL", "Hypotheses", "HypothesisLanguage", "Probing", "Resampling",
        "Rivals", "TestSupport",
      ],
      path: "Benchmarks/CalibrationSuite", swiftSettings: strict),
    .executableTarget(
      name: "refute-calibrate",
      dependencies: [
        "CalibrationSuite", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/refute-calibrate", swiftSettings: strict),
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(
      name: "GSLTests", dependencies: ["GSL"], resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "ResamplingTests", dependencies: ["Resampling", "GSL"], resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "ActivationsTests",
      dependencies: [
        "Activations", "GSL", "Hypotheses", "TestSupport", .product(name: "Crypto", package: "swift-crypto"),
      ],
      resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "HypothesisLanguageTests", dependencies: ["HypothesisLanguage", "Hypotheses"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "ProbingTests",
      dependencies: ["Activations", "GSL", "Hypotheses", "Probing", "Resampling", "Rivals"],
      resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "FalsificationTests",
      dependencies: [
        "Activations", "Falsification", "GSL", "Hypotheses", "HypothesisLanguage", "Probing", "Resampling",
        "Rivals", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ReportingTests", dependencies: ["Reporting", "TestSupport"], resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "ExplanationsTests",
      dependencies: ["Explanations", "Hypotheses", "HypothesisLanguage", "TestSupport"], swiftSettings: strict
    ),
    .testTarget(
      name: "CalibrationSuiteTests", dependencies: ["CalibrationSuite"], swiftSettings: strict),
    .testTarget(
      name: "RefuteTests", dependencies: ["refute", "Reporting", "TestSupport"], swiftSettings: strict),
  ]
)
