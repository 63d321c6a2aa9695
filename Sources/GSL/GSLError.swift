internal import CGSL

/// What GSL reports instead of a result.
public struct GSLError: Error, Sendable, Hashable, CustomStringConvertible {
  /// GSL's status code (`gsl_errno.h`).
  public let code: Int32
  /// The GSL function that failed.
  public let function: String
  /// GSL's own words for the code.
  public let message: String

  init(code: Int32, function: String) {
    self.code = code
    self.function = function
    self.message = gsl_strerror(code).map { String(cString: $0) } ?? "unknown error"
  }

  /// For the functions that have no status and answer NaN instead: an argument outside the domain.
  static func domain(_ function: String) -> GSLError { GSLError(code: Int32(GSL_EDOM), function: function) }

  public var description: String { "\(function): \(message)" }
}

/// The library itself.
public enum GSLLibrary {
  /// GSL's default error handler aborts the process. It is switched off once, before the first call that can
  /// fail; from then on GSL answers with status codes or NaN.
  private static let handlerIsOff: Bool = {
    gsl_set_error_handler_off()
    return true
  }()

  static func prepare() { _ = handlerIsOff }

  /// GSL's version, as the headers that we were built with give it.
  public static var version: String { GSL_VERSION }

  /// Runs one of GSL's `_e` functions.
  static func evaluate(
    _ function: String, _ body: (UnsafeMutablePointer<gsl_sf_result>) -> Int32
  ) throws(GSLError) -> Double {
    prepare()
    var result = gsl_sf_result(val: .nan, err: .nan)
    let status = body(&result)
    guard status == Int32(GSL_SUCCESS) else { throw GSLError(code: status, function: function) }
    return result.val
  }
}
