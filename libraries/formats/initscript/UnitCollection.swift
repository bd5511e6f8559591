// SPDX-License-Identifier: MIT
public import Base
import Core

/// The units that files in a few folders come to: templates give what is required of them, and units
/// get the requirements that all have.
public struct UnitCollection: Sendable {
  public private(set) var units: [InitUnit] = []
  /// What could not be used.
  public private(set) var errors: [UnitError] = []
  /// Units that would have been too many: instances that require further ones without end.
  public private(set) var refused: [Text] = []

  /// Instances of templates, together.
  private static var instanceLimit: Int { 256 }

  /// A unit's file.
  public struct File: Sendable {
    public var name: Text
    /// Where it lies, for errors.
    public var path: Text
    public var bytes: [UInt8]

    public init(name: Text, path: Text, bytes: [UInt8]) {
      self.name = name
      self.path = path
      self.bytes = bytes
    }
  }

  /// Reads `files`, whose names differ.
  @export(interface)
  public init(_ files: [File]) {
    var templates = SortedMap<Text, File>()
    for file in files {
      if UnitName(file.name)?.isTemplate == true {
        templates[file.name] = file
      } else {
        add(file, as: file.name)
      }
    }
    addInstances(of: templates)
    requireDefaults()
  }

  private mutating func add(_ file: File, as name: Text) {
    do throws(UnitError) {
      units.append(try InitUnit(parsing: file.bytes, name: name, file: file.path))
    } catch { errors.append(error) }
  }

  private mutating func addInstances(of templates: SortedMap<Text, File>) {
    // Also the names of those that could not be read.
    var known = SortedMap<Text, Bool>()
    for unit in units { known[unit.name] = true }
    var next = 0
    var made = 0
    while next < units.count {
      for name in units[next].requirements where known[name] == nil {
        guard let instance = UnitName(name)?.instance, let template = templates[instance.template]
        else { continue }
        known[name] = true
        made += 1
        if made > Self.instanceLimit { refused.append(name) } else { add(template, as: name) }
      }
      next += 1
    }
  }

  /// Lets units come after the default requirement, but for those that it waits for itself.
  private mutating func requireDefaults() {
    let target = InitUnit.defaultRequirement
    guard units.contains(where: { $0.name == target }) else { return }
    var before = SortedMap<Text, Bool>()
    var pending = [target]
    while let name = pending.popLast() {
      guard before[name] == nil else { continue }
      before[name] = true
      for unit in units where unit.name == name { pending += unit.requirements }
    }
    for index in units.indices
    where units[index].hasDefaultRequirements && before[units[index].name] == nil {
      units[index].requirements.append(target)
    }
  }
}
