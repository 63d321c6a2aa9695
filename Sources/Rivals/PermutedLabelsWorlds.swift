public import Resampling

/// The worlds of `permuted_labels`: the targets rearranged by a permutation scheme.
///
/// Performs a permutation test of the null that representation and targets are independent given what the scheme
/// keeps fixed. Phipson & Smyth 2010 for the p-value.
public struct PermutedLabelsWorlds: TargetRival {
  public let scheme: PermutationScheme
  let key: StreamKey

  public init(scheme: PermutationScheme, key: StreamKey) {
    self.scheme = scheme
    self.key = key
  }

  public func enumeration(of identities: [Int], limit: Int) -> [[Int32]]? {
    guard scheme.distinctArrangements(of: identities) <= Double(limit) else { return nil }
    return scheme.arrangements(of: identities, limit: limit)
  }

  public func source(replicate: Int, into source: inout [Int32]) {
    var scratch: [Int32] = []
    scheme.permutation(into: &source, scratch: &scratch, key: key, replicate: replicate)
  }
}
