// SPDX-License-Identifier: MIT
import System
import TestRuntime

// Changes of names, each with the outcome that it must have: one that is carried out twice fails,
// or changes something else.
extension FileClient {
  mutating func changeNames() throws(TestFailure) {
    switch random.below(16) {
    case 0, 1: try create(fileName())
    case 2: try open(fileName())
    case 3: try open(linkName())
    case 4, 5: try rename(fileName(), to: fileName())
    case 6: try link(fileName(), as: fileName())
    case 7, 8: try unlink(fileName())
    case 9: try makeLink(linkName(), to: target())
    case 10: try unlink(linkName())
    case 11: try makeDirectory(directoryName())
    case 12: try removeDirectory(directoryName())
    case 13: try renameDirectory()
    case 14: try append(fileName())
    default: try list(random.oneIn(2) ? Text() : directoryName())
    }
  }

  private mutating func directoryName() -> Text { random.oneIn(2) ? "d" : "e" }

  private mutating func name(_ letter: UInt8, _ count: Int) -> Text {
    let number = UInt64(random.below(count))
    let directory = random.oneIn(2) ? Text() : directoryName() + "/"
    return directory
      + Text {
        $0.put(letter)
        $0.put(decimal: number)
      }
  }

  private mutating func fileName() -> Text { name(UInt8(ascii: "f"), 4) }
  private mutating func linkName() -> Text { name(UInt8(ascii: "l"), 2) }

  private func whole(_ name: Text) -> Text { path + "/" + name }

  private mutating func target() -> Text {
    let slash: Text = random.oneIn(2) ? "/" : ""
    let number = UInt64(random.below(4))
    return slash
      + Text {
        $0.put("f")
        $0.put(decimal: number)
      }
  }

  /// Does something that must succeed, or fail with `expected`.
  private func attempt(
    _ what: StaticString, _ expected: SystemError?, _ body: () throws(SystemError) -> Void
  ) throws(TestFailure) {
    if let expected {
      try fail(with: expected, what, body)
    } else {
      try succeed(what, body)
    }
  }

  // MARK: Files

  mutating func create(_ name: Text) throws(TestFailure) {
    guard let number = files.firstIndex(where: { $0 == nil }) else { return }
    let expected: SystemError?
    if model.hasParent(name) {
      expected = model[name] == nil ? nil : .alreadyExists
    } else {
      expected = .notFound
    }
    let target = whole(name)
    var made = Handle.none
    try attempt("creating a file", expected) { () throws(SystemError) in
      made = try File(target, .readWrite | .create | .exclusive).release()
    }
    guard expected == nil else { return }
    model[name] = .file(number)
    files[number] = OpenFile(made)
  }

  /// Opens a file once more, perhaps emptying it, and looks at it through that handle.
  private mutating func open(_ name: Text) throws(TestFailure) {
    let number = model.fileFollowingLink(name)
    let target = whole(name)
    let empties = random.oneIn(4)
    var size = -1
    try attempt("opening a file", number == nil ? .notFound : nil) { () throws(SystemError) in
      let file = try File(target, empties ? .readWrite | .truncate : .readWrite)
      size = Int(truncatingIfNeeded: try file.status().size)
    }
    guard let number else { return }
    if empties { files[number]?.wasEmptied() }
    try expect(files[number]?.size == size, "the size through another handle")
  }

  /// Appends through another description.
  private mutating func append(_ name: Text) throws(TestFailure) {
    guard let number = model.file(name), let file = files[number],
      file.size < OpenFile.longest - 4_000
    else { return }
    let target = whole(name)
    let bytes = random.bytes(1 + random.below(4_000))
    try succeed("appending") { () throws(SystemError) in
      let file = try File(target, .write | .append)
      try file.writeAll(bytes.span)
    }
    files[number]?.appended(bytes)
  }

  private mutating func rename(_ name: Text, to newName: Text) throws(TestFailure) {
    let found = model.hasParent(name) ? model.file(name) : nil
    let isPossible = found != nil && model.hasParent(newName)
    let (source, target) = (whole(name), whole(newName))
    try attempt("renaming a file", isPossible ? nil : .notFound) { () throws(SystemError) in
      try FileSystem.rename(source, to: target)
    }
    guard isPossible, let found, model.file(newName) != found else { return }
    model[name] = nil
    model[newName] = .file(found)
  }

  private mutating func link(_ name: Text, as newName: Text) throws(TestFailure) {
    let found = model.file(name)
    let expected: SystemError?
    if found == nil || !model.hasParent(newName) {
      expected = .notFound
    } else {
      expected = model[newName] == nil ? nil : .alreadyExists
    }
    let (source, target) = (whole(name), whole(newName))
    try attempt("linking a file", expected) { () throws(SystemError) in
      try FileSystem.link(source, as: target)
    }
    if expected == nil, let found { model[newName] = .file(found) }
  }

  private mutating func unlink(_ name: Text) throws(TestFailure) {
    let target = whole(name)
    try attempt("removing a name", model[name] == nil ? .notFound : nil) {
      () throws(SystemError) in
      try FileSystem.remove(target)
    }
    model[name] = nil
  }

  // MARK: Links

  private mutating func makeLink(_ name: Text, to target: Text) throws(TestFailure) {
    let expected: SystemError?
    if model.hasParent(name) {
      expected = model[name] == nil ? nil : .alreadyExists
    } else {
      expected = .notFound
    }
    let place = whole(name)
    let written = target.hasPrefix("/") ? path + target : target
    try attempt("making a link", expected) { () throws(SystemError) in
      try FileSystem.makeLink(place, to: written)
    }
    guard expected == nil else { return }
    model[name] = .link(target)
    let found = try succeed("reading a link") { () throws(SystemError) in
      try FileSystem.target(ofLink: place)
    }
    try expect(found == written, "the link as it was written")
  }

  // MARK: Directories

  private mutating func makeDirectory(_ name: Text) throws(TestFailure) {
    let target = whole(name)
    try attempt("making a directory", model[name] == nil ? nil : .alreadyExists) {
      () throws(SystemError) in
      try FileSystem.makeDirectory(target)
    }
    model[name] = .directory
  }

  private mutating func removeDirectory(_ name: Text) throws(TestFailure) {
    let expected: SystemError?
    if model.isDirectory(name) {
      expected = model.names(in: name).isEmpty ? nil : .directoryNotEmpty
    } else {
      expected = .notFound
    }
    let target = whole(name)
    try attempt("removing a directory", expected) { () throws(SystemError) in
      try FileSystem.removeDirectory(target)
    }
    if expected == nil { model[name] = nil }
  }

  private mutating func renameDirectory() throws(TestFailure) {
    let name = directoryName()
    let newName: Text = name == "d" ? "e" : "d"
    let expected: SystemError?
    if model.isDirectory(name) {
      expected = model.names(in: newName).isEmpty ? nil : .directoryNotEmpty
    } else {
      expected = .notFound
    }
    let (source, target) = (whole(name), whole(newName))
    try attempt("renaming a directory", expected) { () throws(SystemError) in
      try FileSystem.rename(source, to: target)
    }
    if expected == nil { model.moveDirectory(name, to: newName) }
  }

  /// A listing has every name once.
  func list(_ directory: Text) throws(TestFailure) {
    guard directory.isEmpty || model.isDirectory(directory) else { return }
    let target = directory.isEmpty ? path : whole(directory)
    let found = try succeed("listing a directory") { () throws(SystemError) in
      try Directory(target).entries().map { $0.name }
    }
    let expected = model.names(in: directory)
    try expect(found.count == expected.count, "as many names as there are")
    for name in expected { try expect(found.contains { $0 == name }, "every name") }
  }
}
