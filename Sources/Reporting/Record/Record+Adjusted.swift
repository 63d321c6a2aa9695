internal import Hypotheses
internal import Resampling

extension Record {
  /// What the p-values of a run are worth beside each other. It decides no verdict.
  ///
  /// A claim has to meet all its criteria on p, an intersection-union test: the largest of its p-values is a p-value of the
  /// whole (Berger 1982, Technometrics 24, 295), and one that no second rival can make smaller. The family is therefore one
  /// p per claim, over the claims of the record that have a criterion on p.
  public struct Adjusted: Codable, Sendable, Hashable {
    /// The largest p of the rivals that have a criterion on p; 1 where the claim is invalid or a p is not known.
    public var p: Number
    /// The label of the rival that it belongs to.
    public var rival: String
    /// How many claims of the run make up the family.
    public var claims: Int
    public var holm: Number
    public var benjaminiHochberg: Number
    public var benjaminiYekutieli: Number

    enum CodingKeys: String, CodingKey {
      case p, rival, claims, holm
      case benjaminiHochberg = "benjamini_hochberg"
      case benjaminiYekutieli = "benjamini_yekutieli"
    }
  }

  /// Holds the claims' p-values against each other, anew: what a resumed run takes over was adjusted for other claims.
  public mutating func adjust() {
    let family = hypotheses.indices.compactMap { index in
      hypotheses[index].largestP.map { (index: index, p: $0.p, rival: $0.rival) }
    }
    for index in hypotheses.indices { hypotheses[index].adjusted = nil }
    let values = family.map(\.p)
    let holm = Adjustment.holm.adjusted(values)
    let hochberg = Adjustment.benjaminiHochberg.adjusted(values)
    let yekutieli = Adjustment.benjaminiYekutieli.adjusted(values)
    for (place, member) in family.enumerated() {
      hypotheses[member.index].adjusted = Adjusted(
        p: Number(member.p), rival: member.rival, claims: family.count, holm: Number(holm[place]),
        benjaminiHochberg: Number(hochberg[place]), benjaminiYekutieli: Number(yekutieli[place]))
    }
  }

  /// The claims that were adjusted for each other, in the order of the run; none where there is nothing to adjust for.
  var family: [(index: Int, claim: Claim, adjusted: Adjusted)] {
    let members = hypotheses.enumerated().compactMap { index, claim in
      claim.adjusted.map { (index: index, claim: claim, adjusted: $0) }
    }
    return members.count > 1 ? members : []
  }

  /// What the adjusted values are, in plain words; `nil` where there are none to show.
  var familySentence: String? {
    let family = family
    guard !family.isEmpty else { return nil }
    return
      "\(Format.count(family.count)) claims of this run ask for a p. One p stands for each: the largest among its "
      + "rivals, as all of them must be withstood. The other columns count that so many were tested at once: Holm "
      + "bounds the probability of any wrong rejection, Benjamini–Hochberg the expected share of wrong ones among the "
      + "rejected (for independent or positively dependent claims), Benjamini–Yekutieli the same for any dependence. "
      + "They decide no verdict."
  }
}

extension Record.Claim {
  /// The largest p of the rivals that have a criterion on p, and that rival's label; `nil` without such rivals.
  ///
  /// What is not known, and what is no probability in a record that was changed, is 1 and helps nobody. So is the p of an
  /// instrument that failed its checks, which would make others look better by Benjamini and Hochberg's rule.
  fileprivate var largestP: (p: Double, rival: String)? {
    var largest: (p: Double, rival: String)?
    for rival in rivals where rival.criteria.contains(where: { $0.quantity == .p }) {
      let found = rival.p?.finite ?? 1
      let p = verdict != .invalid && (0...1).contains(found) ? found : 1
      if p > largest?.p ?? -1 { largest = (p, rival.label) }
    }
    return largest
  }
}
