// SPDX-License-Identifier: MIT
import System

/// What the helper does that copies a service's program: the memory is its capsule, which in the end is
/// as long as the program; of a script it keeps nothing.
enum ProgramLoading {
  private static var pieceBytes: Int { 128 << 10 }

  static func run() -> Never {
    let name = Arguments.text(at: 1)
    do throws(SystemError) {
      guard let memory = try Service.takeCapsule() else { throw .invalidArgument }
      for path in Helper.candidates(for: name) {
        do throws(SystemError) {
          try memory.memory.resize(to: try copy(path, to: memory.bytes))
          exit(0)
        } catch { guard error == .notFound else { throw error } }
      }
    } catch {
      Log.error(name + ": " + Text(error.explanation))
      exit(126)
    }
    Log.error(name + ": there is no such program")
    exit(127)
  }

  /// - Returns: how many bytes it has.
  /// - Throws: what a program's file is refused for when it is started.
  private static func copy(_ path: Text, to memory: SharedBytes) throws(SystemError) -> Int {
    let file = try File(path, .read | .runtimeHandle)
    let status = try file.status()
    guard status.mode & FileMode.typeMask != FileMode.directory else { throw .isDirectory }
    guard status.mode & 0o111 != 0 else { throw .accessDenied }
    guard status.size > 0 else { throw .badExecutable }
    guard status.size <= UInt64(memory.count) else { throw .fileTooLarge }
    let byteCount = Int(status.size)
    var piece = [UInt8](repeating: 0, count: min(pieceBytes, byteCount))
    var done = 0
    while done < byteCount {
      let count = try file.read(into: piece.mutableSpan, at: UInt64(done))
      guard count > 0, count <= byteCount - done else { throw .inputOutput }
      if done == 0, count >= 2, piece[0] == 0x23, piece[1] == 0x21 { return 0 }
      memory.copy(piece.span.extracting(0..<count), to: done)
      done += count
    }
    return byteCount
  }
}
