// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import IonShell
import ShellEvaluator
import System

extension ApusSystem {
  func pipe() throws(SystemFailure) -> (reading: Int, writing: Int) {
    do throws(SystemError) {
      var pipe = try Pipe(.runtimeHandle)
      guard let reading = pipe.reading.take(), let writing = pipe.writing.take() else {
        throw .badHandle
      }
      return (Int(reading.release().rawValue), Int(writing.release().rawValue))
    } catch { throw SystemFailure(error) }
  }

  func open(_ path: Text, for use: FileUse) throws(SystemFailure) -> Int {
    let flags: OpenFlags =
      switch use {
      case .reading: .read
      case .writing: .write | .create | .truncate
      case .appending: .write | .create | .append
      }
    do throws(SystemError) {
      return Int(try File(path, flags | .runtimeHandle).release().rawValue)
    } catch { throw SystemFailure(error) }
  }

  func close(_ handle: Int) {
    readiness?.forget(handle)
    performIgnoringErrors(Close { $0.handle = Handle(rawValue: UInt32(handle)) })
  }

  func read(_ handle: Int, limit: Int) throws(SystemFailure) -> [UInt8] {
    if buffer.count < limit { buffer = [UInt8](repeating: 0, count: limit) }
    while true {
      do throws(SystemError) {
        let count = try Self.fill(&buffer, from: handle, limit: limit)
        return Array(buffer[..<count])
      } catch {
        // Only what the user pressed ends a read.
        if error == .interrupted, !Interrupt.isPending { continue }
        throw SystemFailure(error)
      }
    }
  }

  private static func fill(
    _ buffer: inout [UInt8], from handle: Int, limit: Int
  ) throws(SystemError) -> Int {
    var span = buffer.mutableSpan
    return try Handle(rawValue: UInt32(handle)).read(into: span._mutatingExtracting(first: limit))
  }

  func write(_ handle: Int, _ bytes: ArraySlice<UInt8>) throws(SystemFailure) -> Int {
    while true {
      do throws(SystemError) {
        return try Handle(rawValue: UInt32(handle)).write(bytes.span)
      } catch {
        if error == .interrupted, !Interrupt.isPending { continue }
        throw SystemFailure(error)
      }
    }
  }

  func ready(
    reading: [Int], writing: [Int], limit: Int?
  ) -> (readable: [Int], writable: [Int]) {
    do throws(SystemError) {
      if readiness == nil { readiness = try Readiness() }
      guard let readiness else { return (reading, writing) }
      return try readiness.wait(reading: reading, writing: writing, limit: limit)
    } catch {
      if error == .interrupted { return ([], []) }
      // If nobody can say, trying is better than never going on.
      return (reading, writing)
    }
  }

  func names(in directory: Text) -> [Text]? {
    do throws(SystemError) {
      var names: [Text] = []
      try Directory(directory).forEach { names.append($0.name) }
      return names
    } catch { return nil }
  }

  func facts(_ path: Text) -> PathFacts? { status(path).map { PathFacts($0) } }

  func isLink(_ path: Text) -> Bool {
    status(path, ofLink: true).map {
      $0.mode & FileMode.typeMask == FileMode.symbolicLink
    } ?? false
  }

  func access(_ path: Text, _ access: FileAccess) -> Bool {
    status(path)?.allowsThisProcess(access.permission) ?? false
  }

  private func status(_ path: Text, ofLink: Bool = false) -> FileStatus? {
    do throws(SystemError) { return try FileSystem.status(path, ofLink: ofLink) } catch {
      return nil
    }
  }
}
