// SPDX-License-Identifier: MIT
import System

/// A pipe that init keeps both ends of: children get the writing one, init reads what is there.
final class PipeEnds {
  private let readingEnd: OwnedHandle
  private let writingEnd: OwnedHandle

  init() throws(SystemError) {
    var pipe = try Pipe(.runtimeHandle)
    guard let reading = pipe.reading.take(), let writing = pipe.writing.take() else {
      throw .badHandle
    }
    try reading.handle.setOpenFlags(.nonBlocking)
    readingEnd = consume reading
    writingEnd = consume writing
  }

  /// Never waits.
  var reading: Handle { readingEnd.handle }
  var writing: Handle { writingEnd.handle }
}
