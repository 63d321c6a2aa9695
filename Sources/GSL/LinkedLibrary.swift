internal import CGSL
internal import Glibc

extension BLAS {
  /// The file that holds the `cblas_dgemm` that this process calls, as the dynamic linker resolved it; nil if
  /// it knows none. It must be OpenBLAS: libgslcblas answers the same, 30 to 40 times slower.
  public static var libraryPath: String? {
    // Glibc's module hides `dladdr` and `Dl_info` (they want _GNU_SOURCE), so both are found by hand. A null
    // handle (RTLD_DEFAULT) searches in the order in which the linker itself binds symbols.
    typealias AddressLookup =
      @convention(c) (UnsafeRawPointer, UnsafeMutablePointer<UnsafeRawPointer?>) -> Int32
    guard let function = dlsym(nil, "cblas_dgemm"), let lookup = dlsym(nil, "dladdr") else { return nil }
    // Dl_info is four pointers: file name, base address, symbol name, symbol address.
    var information: [UnsafeRawPointer?] = Array(repeating: nil, count: 4)
    let found = unsafeBitCast(lookup, to: AddressLookup.self)(function, &information)
    guard found != 0, let name = information[0] else { return nil }
    return String(cString: name.assumingMemoryBound(to: CChar.self))
  }
}
