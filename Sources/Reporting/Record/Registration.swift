extension Record {
  /// Whether a claim was locked before its data was scored, and what changed since. As it was when the claim was scored:
  /// a result that a resumed run takes over keeps it.
  public struct Registration: Codable, Sendable, Hashable {
    public enum Status: String, Codable, Sendable, CaseIterable {
      /// Locked before it was scored, and nothing has changed since.
      case locked
      /// Locked, and something has changed since.
      case changed
      /// Locked after a score of it was known.
      case late
      /// Not in the lock, or there is no lock.
      case unlocked
    }

    public var status: Status
    /// When it was locked: ISO 8601, UTC, as the lock says.
    public var locked: String?
    /// What changed since, in plain sentences.
    public var changes: [String]
    /// How many other claims had been scored on some of the same files when it was locked, as far as the lock knows.
    public var others: Int?

    public init(status: Status, locked: String? = nil, changes: [String] = [], others: Int? = nil) {
      self.status = status
      self.locked = locked
      self.changes = changes
      self.others = others
    }
  }
}
