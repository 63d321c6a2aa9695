import Foundation

/// A JSON value, as a schema sees it.
public enum JSONValue: Decodable, Sendable, Hashable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  public init(_ json: String) throws {
    self = try JSONDecoder().decode(JSONValue.self, from: Data(json.utf8))
  }

  public subscript(key: String) -> JSONValue? {
    if case .object(let fields) = self { fields[key] } else { nil }
  }

  public var text: String? { if case .string(let text) = self { text } else { nil } }
  public var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }

  fileprivate var type: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}

/// A validator for the part of JSON Schema 2020-12 that our schemas use. A keyword that it does not know is a failure, so
/// that nothing is skipped unseen.
///
/// It is stricter than the schema says: a field that the schema does not name is a failure too. Readers must ignore such
/// fields; we must not write any.
public struct JSONSchema: Sendable {
  private let root: JSONValue

  public init(_ json: String) throws { root = try JSONValue(json) }

  public init(contentsOf path: String) throws {
    try self.init(String(contentsOfFile: path, encoding: .utf8))
  }

  /// The schema of the run record, from the repository's docs.
  public static func record() throws -> JSONSchema {
    try JSONSchema(contentsOf: repository + "/docs/schemas/refute-record-1.schema.json")
  }

  /// The root of the repository that the tests were built from.
  public static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// What is wrong with `json`; empty where nothing is.
  public func problems(of json: String) throws -> [String] {
    var problems: [String] = []
    check(try JSONValue(json), root, "$", &problems)
    return problems
  }

  private func check(_ value: JSONValue, _ schema: JSONValue, _ path: String, _ problems: inout [String]) {
    guard case .object(let keywords) = schema else {
      problems.append("\(path): the schema is no object")
      return
    }
    for (keyword, rule) in keywords.sorted(by: { $0.key < $1.key }) {
      switch (keyword, rule, value) {
      case ("$schema", _, _), ("$id", _, _), ("title", _, _), ("description", _, _), ("$defs", _, _): continue
      case ("$ref", .string(let reference), _):
        var target: JSONValue? = root
        for part in reference.dropFirst(2).split(separator: "/") { target = target?[String(part)] }
        guard reference.hasPrefix("#/"), let target else {
          problems.append("\(path): there is no \(reference)")
          continue
        }
        check(value, target, path, &problems)
      case ("type", _, _):
        let types = rule.text.map { [$0] } ?? rule.items.compactMap(\.text)
        var isInteger = false
        if case .number(let number) = value { isInteger = number == number.rounded() }
        if !types.contains(value.type) && !(types.contains("integer") && isInteger) {
          problems.append("\(path): is \(value.type), not \(types.joined(separator: " or "))")
        }
      case ("const", _, _): if value != rule { problems.append("\(path): is not the constant") }
      case ("enum", .array(let values), _):
        if !values.contains(value) { problems.append("\(path): is none of the values") }
      case ("pattern", .string(let pattern), .string(let text)):
        if text.range(of: pattern, options: .regularExpression) == nil {
          problems.append("\(path): does not match \(pattern)")
        }
      case ("minimum", .number(let limit), .number(let number)):
        if number < limit { problems.append("\(path): is less than \(limit)") }
      case ("maximum", .number(let limit), .number(let number)):
        if number > limit { problems.append("\(path): is more than \(limit)") }
      case ("minItems", .number(let count), .array(let items)):
        if Double(items.count) < count { problems.append("\(path): has too few items") }
      case ("maxItems", .number(let count), .array(let items)):
        if Double(items.count) > count { problems.append("\(path): has too many items") }
      case ("items", _, .array(let items)):
        for (index, item) in items.enumerated() { check(item, rule, "\(path)[\(index)]", &problems) }
      case ("required", .array(let names), .object(let fields)):
        for name in names.compactMap(\.text) where fields[name] == nil {
          problems.append("\(path).\(name): is missing")
        }
      case ("properties", .object(let known), .object(let fields)):
        for (name, field) in fields.sorted(by: { $0.key < $1.key }) {
          guard let schema = known[name] else {
            problems.append("\(path).\(name): is not in the schema")
            continue
          }
          check(field, schema, "\(path).\(name)", &problems)
        }
      case ("additionalProperties", .object, .object(let fields)):
        // Our schemas use it for objects without named fields only: every field is of this kind.
        for (name, field) in fields.sorted(by: { $0.key < $1.key }) {
          check(field, rule, "\(path).\(name)", &problems)
        }
      case ("pattern", _, _), ("minimum", _, _), ("maximum", _, _), ("minItems", _, _), ("maxItems", _, _),
        ("items", _, _), ("required", _, _), ("properties", _, _):
        continue  // It is about another type, which "type" complains about.
      default: problems.append("\(path): the validator does not know \(keyword)")
      }
    }
  }
}
