// SPDX-License-Identifier: MIT
import ExecStream
import InitScript
import Supervision
import System

/// A child that reads units from the root file system: init itself must not wait for file systems.
final class UnitReader {
  let output: OwnedHandle
  private var decoder = FrameDecoder()
  private var name = Text()
  private var bytes: [UInt8] = []
  /// What has been read, by path without the leading slash.
  private(set) var files = SortedMap<Text, [UInt8]>()

  /// All tables and units together.
  private static var limit: Int { 4 << 20 }
  private var total = 0

  init(_ output: consuming OwnedHandle) { self.output = output }

  /// The files of a folder of `Helper.folders`, with their names and whole paths.
  func files(in folder: Text) -> [(name: Text, path: Text, bytes: [UInt8])] {
    var found: [(name: Text, path: Text, bytes: [UInt8])] = []
    for index in files.keys.indices where files.keys[index].hasPrefix(folder) {
      let path = files.keys[index]
      found.append((path[folder.count...], "/" + path, files.values[index]))
    }
    return found
  }

  /// The files of all folders with this ending, by name; later folders replace what has the same name
  /// in earlier ones.
  func newest(_ ending: StaticString) -> [(name: Text, path: Text, bytes: [UInt8])] {
    var newest = SortedMap<Text, (path: Text, bytes: [UInt8])>()
    for folder in Helper.folders where folder.hasSuffix(Text(ending)) {
      for (name, path, bytes) in files(in: folder) { newest[name] = (path, bytes) }
    }
    var found: [(name: Text, path: Text, bytes: [UInt8])] = []
    for index in newest.keys.indices {
      let (path, bytes) = newest.values[index]
      found.append((newest.keys[index], path, bytes))
    }
    return found
  }

  /// Takes what has arrived.
  /// - Returns: false at the end.
  func receive() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      do throws(SystemError) {
        let count = try output.handle.read(into: buffer.mutableSpan)
        if count == 0 { return false }
        take(buffer.span.extracting(first: count))
      } catch { return error == .wouldBlock || error == .interrupted }
    }
  }

  private func take(_ portion: Span<UInt8>) {
    var frames: [Frame] = []
    decoder.receive(portion) { event in
      if case .frame(let frame) = event { frames.append(frame) }
    }
    for frame in frames {
      switch frame {
      case .fileStart(_, _, let name):
        self.name = Text(name)
        bytes = []
      case .fileData(let data):
        total += data.count
        if total <= Self.limit { bytes += data }
      case .fileEnd: files[name] = bytes
      case .ready, .standardOutput, .standardError, .exitStatus, .message: break
      }
    }
  }
}

extension InitSystem {
  /// Starts reading the units of the root file system, if there is one.
  func readRootUnits() {
    guard schemeOwners.contains(where: { $0.scheme == "file" }) else {
      bootStage = .over
      return
    }
    bootStage = .reading
    do throws(SystemError) {
      var pipe = try Pipe(.runtimeHandle)
      guard let reading = pipe.reading.take(), let writing = pipe.writing.take() else { return }
      try reading.handle.setOpenFlags(.nonBlocking)
      try session.watch(reading.handle, .readable, data: Source.unitReader.word())
      unitReader = UnitReader(consume reading)
      try launchHelper(.units, output: writing.handle)
    } catch {
      unitReader = nil
      bootStage = .over
      say("cannot read the units of the root file system: ", Text(error.explanation))
    }
  }

  /// Takes what the child has read; at its end, starts those units.
  func takeUnits() {
    guard let reader = unitReader, !reader.receive() else { return }
    unitReader = nil
    bootStage = .root
    for folder in Helper.folders where folder.hasSuffix("/services/") {
      for (name, path, bytes) in reader.files(in: folder) { rootTables[name] = (path, bytes) }
    }
    for (_, path, bytes) in reader.newest("/environment.d/") { set(bytes, from: path) }
    readSettings()
    begin(
      reader.newest("/init.d/").map { name, path, bytes in
        UnitCollection.File(name: name, path: path, bytes: bytes)
      })
  }
}
