/// Scores along one axis, such as layers, with their intervals. What the template draws.
struct CurvePlot {
  struct Tick {
    var x: String
    var label: String
  }

  struct Level {
    var y: String
    var label: String
  }

  struct Segment {
    var x1: String
    var x2: String
    var y1: String
    var y2: String
  }

  struct Point {
    var x: String
    var y: String
    var low: String
    var high: String
    var hasWhisker: Bool
    var hint: String
  }

  struct Series {
    var seriesName: String
    /// From 1: which colour and shape.
    var style: String
    var segments: [Segment]
    var points: [Point]
    var seriesSentence: String
  }

  var curveTitle: String
  var curveCaption: String
  var axisName: String
  var xTicks: [Tick]
  var yTicks: [Level]
  var series: [Series]
  var thresholdY: String
  var thresholdLabel: String
  var hasThreshold: Bool
  var sentence: String

  private static let top = 12.0
  private static let bottom = 220.0
  static let styles = 6
  private static let limit = 200

  /// All curves of a claim that share axis and metric are one plot: those of the claimed family and of the premises, then
  /// the others.
  static func plots(_ claim: Record.Claim) -> [CurvePlot] {
    struct Group {
      var axis: String
      var metric: String
      var threshold: Double?
      var curves: [Record.Curve]
    }
    var groups: [Group] = []
    func add(_ curve: Record.Curve, threshold: Double?) {
      guard curve.points.count > 1 else { return }
      if let place = groups.firstIndex(where: { $0.axis == curve.axis && $0.metric == curve.metric }) {
        groups[place].curves.append(curve)
        if groups[place].threshold == nil { groups[place].threshold = threshold }
      } else {
        groups.append(Group(axis: curve.axis, metric: curve.metric, threshold: threshold, curves: [curve]))
      }
    }
    if let family = claim.family, family.axes.count == 1, let score = claim.score,
      family.cells.count == family.axes[0].values.count
    {
      add(
        Record.Curve(
          name: score.name, metric: score.metric, axis: family.axes[0].name,
          points: zip(family.axes[0].values, family.cells).map {
            Record.Curve.Point(at: $0, value: $1.value, interval: $1.interval)
          }), threshold: score.threshold.finite)
    }
    // The cells of one required family stand together and in order.
    var premises: [(curve: Record.Curve, threshold: Double?)] = []
    for premise in claim.premises {
      guard let at = premise.at, at.count == 1, let (axis, value) = at.first else { continue }
      let point = Record.Curve.Point(at: value, value: premise.value, interval: premise.interval)
      if let last = premises.last?.curve, last.name == premise.name, last.axis == axis {
        premises[premises.count - 1].curve.points.append(point)
      } else {
        premises.append(
          (
            Record.Curve(name: premise.name, metric: premise.metric, axis: axis, points: [point]),
            premise.threshold.finite
          ))
      }
    }
    for premise in premises { add(premise.curve, threshold: premise.threshold) }
    for curve in claim.curves ?? [] { add(curve, threshold: nil) }
    return groups.compactMap {
      CurvePlot(axis: $0.axis, metric: $0.metric, $0.curves, threshold: $0.threshold)
    }
  }

  /// Where a value of the axis is drawn, from the top.
  static func place(_ value: Double, on axis: Axis) -> String {
    let place = bottom - (bottom - top) * axis.fraction(value)
    return "\((place * 100).rounded() / 100)"
  }

  /// The levels that an axis is labelled at.
  static func levels(of axis: Axis) -> [Level] {
    axis.ticks.compactMap { tick in
      Double(tick.label.replacingMinus).map { Level(y: place($0, on: axis), label: tick.label) }
    }
  }

  private init?(axis: String, metric: String, _ curves: [Record.Curve], threshold: Double?) {
    // The places on the axis, in the order in which they come.
    var places: [Record.Coordinate] = []
    for point in curves.flatMap(\.points) where !places.contains(point.at) && places.count < Self.limit {
      places.append(point.at)
    }
    let numbers = places.compactMap { if case .number(let number) = $0 { number } else { nil } }
    if numbers.count == places.count { places = numbers.sorted().map { .number($0) } }
    let values = curves.flatMap(\.points).flatMap { [$0.value.finite, $0.interval.low, $0.interval.high] }
      .compactMap(\.self).filter(\.isFinite)
    guard places.count > 1, let least = values.min(), let most = values.max() else { return nil }
    // Shares are shown whole: a curve from .97 to 1 is flat and should look it.
    let axisY = Axis(core: least >= 0 && most <= 1 ? [0, 1] : [min(least, 0), most], tickCount: 5)
    func y(_ value: Double) -> String { Self.place(value, on: axisY) }
    func x(_ place: Record.Coordinate) -> String? {
      places.firstIndex(of: place).map { Axis.percent((Double($0) + 0.5) / Double(places.count)) }
    }
    let every = (places.count + 15) / 16
    xTicks = places.enumerated().filter { $0.offset % every == 0 }.map {
      Tick(x: x($0.element)!, label: $0.element.description.line.shortened(to: 12))
    }
    yTicks = Self.levels(of: axisY)
    series = curves.enumerated().map { index, curve in
      let points = curve.points.compactMap { point -> (Record.Curve.Point, String, Double)? in
        guard let value = point.value.finite, let place = x(point.at) else { return nil }
        return (point, place, value)
      }
      let name = curve.name.line.shortened(to: 120)
      return Series(
        seriesName: name, style: "\(index % Self.styles + 1)",
        // Between names there is nothing to go along.
        segments: numbers.count < places.count
          ? []
          : zip(points, points.dropFirst()).map {
            Segment(x1: $0.1, x2: $1.1, y1: y($0.2), y2: y($1.2))
          },
        points: points.map { point, place, value in
          let (low, high) = (point.interval.low, point.interval.high)
          let has = low.isFinite && high.isFinite
          return Point(
            x: place, y: y(value), low: y(has ? low : value), high: y(has ? high : value),
            hasWhisker: has,
            hint: "\(axis.line.shortened(to: 40)) \(point.at.description.line.shortened(to: 40)): "
              + "\(Format.score(point.value)) \(Format.interval(point.interval))")
        },
        seriesSentence: name + ": "
          + points.map { "\($0.0.at.description.line.shortened(to: 40)) \(Format.score($0.0.value))" }
          .joined(separator: ", "))
    }
    axisName = axis.line.shortened(to: 40)
    curveTitle = "\(metricWords(metric).line.shortened(to: 80)) by \(axisName)".capitalizedFirst
    curveCaption = "Whiskers are pointwise 95 % intervals."
    hasThreshold = threshold.map { axisY.holds($0) } ?? false
    thresholdY = y(threshold ?? 0)
    thresholdLabel = "asked \(Format.score(threshold ?? .nan))"
    sentence = "\(curveTitle). " + series.map(\.seriesSentence).joined(separator: ". ")
  }
}

extension String {
  fileprivate var replacingMinus: String { String(map { $0 == "−" ? "-" : $0 }) }
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
