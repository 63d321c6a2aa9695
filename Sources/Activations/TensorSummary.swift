/// What a tensor holds at a glance.
public struct TensorSummary: Sendable, Hashable {
  public let count: Int
  public let nanCount: Int
  public let infinityCount: Int
  /// Items (index along the first dimension) whose numbers are all zero: padding, or a hook that never fired.
  /// `nil` for a scalar, and for Fortran order of two dimensions or more, where items are not contiguous.
  public let zeroRows: Int?
  /// Of the finite elements; `nil` if there are none.
  public let minimum: Double?
  public let maximum: Double?
  public let mean: Double?
  /// The population standard deviation, as NumPy's `std` gives it.
  public let standardDeviation: Double?
}

extension ActivationFile {
  /// Reads a whole tensor of any rank once, block by block.
  /// - Throws: `notConvertible`; `changed` if the file was cut or rewritten since it was opened.
  public func summary(_ tensor: TensorHeader) throws(ActivationError) -> TensorSummary {
    guard tensor.type.isConvertible else {
      throw ActivationError(
        file: name, place: .init(tensor: tensor.name), problem: .notConvertible(type: tensor.dtype))
    }
    guard tensor.byteRange.upperBound <= bytes.count else {
      preconditionFailure("the tensor belongs to another file")
    }
    let size = tensor.type.bits / 8
    let total = tensor.elementCount
    let hasRows = !tensor.shape.isEmpty && !(tensor.isColumnMajor && tensor.shape.count > 1)
    let rowLength = tensor.columns
    var moments = Moments()
    var zeroRows = 0
    // How many leading zeros the current row has had, over block boundaries.
    var (position, zeros) = (0, 0)
    let blockLength = 1 << 16
    var block = [Double](repeating: 0, count: min(blockLength, total))
    try bytes.withBytes { buffer throws(ActivationError) in
      guard let start = buffer.baseAddress.map({ $0 + tensor.byteRange.lowerBound }) else { return }
      var done = 0
      while done < total {
        try bytes.checkUnchanged()
        let length = min(blockLength, total - done)
        block.withUnsafeMutableBufferPointer { values in
          guard let target = values.baseAddress else { return }
          Conversion.widen(start + done * size, count: length, of: tensor, to: target)
          moments.add(UnsafeBufferPointer(start: target, count: length))
          guard hasRows, rowLength > 0 else { return }
          var index = 0
          while index < length {
            let end = min(length, index + rowLength - position)
            if zeros == position {
              var run = index
              while run < end && target[run] == 0 { run += 1 }
              zeros += run - index
            }
            position += end - index
            index = end
            if position == rowLength {
              if zeros == rowLength { zeroRows += 1 }
              (position, zeros) = (0, 0)
            }
          }
        }
        let place = tensor.byteRange.lowerBound + done * size
        bytes.release(place..<place + length * size)
        done += length
      }
    }
    return TensorSummary(
      count: total, nanCount: moments.nanCount, infinityCount: moments.infinityCount,
      zeroRows: hasRows ? zeroRows : nil, minimum: moments.count > 0 ? moments.minimum : nil,
      maximum: moments.count > 0 ? moments.maximum : nil, mean: moments.count > 0 ? moments.mean : nil,
      standardDeviation: moments.count > 0 ? moments.standardDeviation : nil)
  }
}

/// Count, range, mean and sum of squared deviations of the finite values seen so far; blocks are merged by
/// the pairwise update of Chan, Golub & LeVeque (1979), each block in two passes.
private struct Moments {
  var (count, nanCount, infinityCount) = (0, 0, 0)
  var (minimum, maximum) = (Double.infinity, -Double.infinity)
  var mean = 0.0
  var squares = 0.0

  var standardDeviation: Double { (squares / Double(count)).squareRoot() }

  mutating func add(_ values: UnsafeBufferPointer<Double>) {
    var (finite, sum) = (0, 0.0)
    for value in values {
      if value.isFinite {
        finite += 1
        sum += value
        minimum = min(minimum, value)
        maximum = max(maximum, value)
      } else if value.isNaN {
        nanCount += 1
      } else {
        infinityCount += 1
      }
    }
    guard finite > 0 else { return }
    let blockMean = sum / Double(finite)
    var blockSquares = 0.0
    for value in values where value.isFinite { blockSquares += (value - blockMean) * (value - blockMean) }
    let (n, m) = (Double(count), Double(finite))
    let difference = blockMean - mean
    count += finite
    mean += difference * m / (n + m)
    squares += blockSquares + difference * difference * n * m / (n + m)
  }
}
