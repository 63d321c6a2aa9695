internal import Resampling

/// The values of a family's members, all under the same weights of the units: on the data, in bootstrap replicates, and with one
/// observation left out.
struct FamilyDraws: Sendable {
  var estimates: [Double]
  /// By member and replicate. NaN where nothing was drawn.
  var replicates: [[Double]]
  /// By member and independent sample: with one observation left out.
  var jackknife: [[[Double]]]

  /// What every member is also held against, if that is better than the worlds' mean: its floor.
  struct Better: Sendable {
    /// Where the first member's floor stands; the others' follow.
    var first: Int
    var prefersLarge: Bool

    func callAsFunction(_ mean: Double, _ floor: Double) -> Double {
      prefersLarge ? max(mean, floor) : min(mean, floor)
    }
  }

  /// The first members less the mean over some worlds, or less their floors where these are better.
  /// - Parameters:
  ///   - worlds: how many. They are drawn anew in every replicate where `redrawing` says so and there are several, so that the
  ///     uncertainty of their mean enters.
  ///   - key: of these draws.
  ///   - place: where the value stands that a member is held against in a world.
  func margins(
    of members: Int, over worlds: Int, redrawing: Bool, key: StreamKey, better: Better? = nil,
    place: (_ world: Int, _ member: Int) -> Int
  ) -> FamilyDraws {
    let count = Double(worlds)
    let redraws = redrawing && worlds > 1
    let bootstrap = UnitBootstrap(units: worlds)
    let drawn = (replicates.first ?? []).indices.map { replicate in
      redraws ? bootstrap.counts(key, replicate: replicate) : [Int32](repeating: 1, count: worlds)
    }
    var result = FamilyDraws(estimates: [], replicates: [], jackknife: [])
    for member in 0..<members {
      let places = (0..<worlds).map { place($0, member) }
      let mean = places.reduce(0) { $0 + estimates[$1] } / count
      func held(_ mean: Double, _ floor: (_ place: Int) -> Double) -> Double {
        better.map { $0(mean, floor($0.first + member)) } ?? mean
      }
      result.estimates.append(estimates[member] - held(mean) { estimates[$0] })
      result.replicates.append(
        drawn.indices.map { replicate in
          var sum = 0.0
          for (world, place) in places.enumerated() where drawn[replicate][world] > 0 {
            sum += Double(drawn[replicate][world]) * replicates[place][replicate]
          }
          return replicates[member][replicate] - held(sum / count) { replicates[$0][replicate] }
        })
      var samples = [
        jackknife[member][0].indices.map { unit in
          let mean = places.reduce(0) { $0 + jackknife[$1][0][unit] } / count
          return jackknife[member][0][unit] - held(mean) { jackknife[$0][0][unit] }
        }
      ]
      if redraws {
        samples.append(
          places.map { place in
            estimates[member] - held((mean * count - estimates[place]) / (count - 1)) { estimates[$0] }
          })
      }
      result.jackknife.append(samples)
    }
    return result
  }

  /// The interval of the largest value, or of the smallest, which is the mirror image.
  ///
  /// The best observed value lies above the best true one on average, because it was chosen. The lower bound is therefore the
  /// largest of lower bounds that hold for all members at once: each member's value less q standard errors, where q is the
  /// quantile of the largest studentised deviation of any member in the bootstrap replicates, upwards or downwards, whichever
  /// is larger (the max-T of Westfall & Young 1993 turned into bounds; Romano & Wolf 2005, Econometrica 73). The upper bound
  /// is the largest of the members' own upper bounds: that of the truly best covers it, whichever that is.
  /// - Parameters:
  ///   - range: what a value can be.
  ///   - lacking: by member, what the variance of a bound below or above is increased by, given q.
  ///   - pointwise: the interval of one member of some draws by itself.
  func interval(
    ofLargest isLargest: Bool, confidence: Double = 0.95, within range: ClosedRange<Double>,
    lacking: (_ q: Double) -> [(below: Double, above: Double)],
    pointwise: (FamilyDraws, _ member: Int, ClosedRange<Double>) -> ClosedRange<Double>
  ) -> ClosedRange<Double> {
    let q = largestStudentizedDeviation(
      estimates: estimates, replicates: replicates, probability: (1 + confidence) / 2)
    let lacking = lacking(q)
    func largest(
      _ draws: FamilyDraws, _ lacking: [Double], _ range: ClosedRange<Double>
    ) -> ClosedRange<Double> {
      var (low, high) = (range.lowerBound, -Double.infinity)
      for member in draws.estimates.indices {
        let error = standardError(ofReplicates: draws.replicates[member])
        low = max(low, draws.estimates[member] - q * (error * error + lacking[member]).squareRoot())
        high = max(high, pointwise(draws, member, range).upperBound)
      }
      return low...max(low, high)
    }
    if isLargest { return largest(self, lacking.map(\.below), range) }
    let mirrored = largest(negated, lacking.map(\.above), -range.upperBound ... -range.lowerBound)
    return -mirrored.upperBound ... -mirrored.lowerBound
  }

  /// The same of the negated values.
  private var negated: FamilyDraws {
    FamilyDraws(
      estimates: estimates.map { -$0 }, replicates: replicates.map { $0.map { -$0 } },
      jackknife: jackknife.map { $0.map { $0.map { -$0 } } })
  }
}

/// What a family's value is more than the mean over a rival's worlds.
/// - Parameters:
///   - worlds: the values that the rival's members have in each.
///   - isMemberwise: whether every member is held against the world's member of the same place. The margin is then the one
///     that decides; else it is that of the deciding values.
///   - deciding: the value that decides among some.
func familyMargin(
  of own: [Double], over worlds: [[Double]], isMemberwise: Bool, deciding: ([Double]) -> Double
) -> Double {
  let count = Double(worlds.count)
  guard isMemberwise else { return deciding(own) - worlds.reduce(0) { $0 + deciding($1) } / count }
  return deciding(own.indices.map { member in own[member] - worlds.reduce(0) { $0 + $1[member] } / count })
}
