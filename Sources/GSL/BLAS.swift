internal import CGSL

/// The library behind the matrix products.
public enum BLAS {
  /// One BLAS thread per caller, once for the process: OpenBLAS's results differ in their last bits between thread
  /// counts, and Refute works in parallel over blocks of replicates instead.
  @usableFromInline
  static let isPrepared: Bool = {
    openblas_set_num_threads(1)
    return true
  }()

  @inlinable
  static func prepare() { _ = isPrepared }

  /// OpenBLAS's version and build options.
  public static var configuration: String {
    guard let text = openblas_get_config() else { return "unknown" }
    return String(cString: text).trimmingSpaces()
  }

  /// The processor family whose kernels OpenBLAS chose: results can differ in their last bits between them.
  public static var kernel: String {
    guard let text = openblas_get_corename() else { return "unknown" }
    return String(cString: text)
  }
}

extension String {
  fileprivate func trimmingSpaces() -> String {
    var text = Substring(self)
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
