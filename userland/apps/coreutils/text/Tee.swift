// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Tee: UtilityProgram {
  static var manual: Manual {
    Manual(
      "tee", "copy standard input to files and standard output", synopsis: ["[-ai] [FILE…]"],
      description: """
        Copies standard input to standard output and to each file. A file that cannot be written \
        to is given up, the others get everything.
        """,
      options: [
        .init("-a, --append", "add to the files instead of replacing them"),
        .init("-i, --ignore-interrupts", "accepted; the terminal's interrupts end it all the same"),
      ],
      seeAlso: ["cat"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let system = invocation.system
    let flags: OpenFlags =
      options.has("-a") ? .write | .create | .append : .write | .create | .truncate
    var files: [(name: Text, handle: Handle)] = []
    defer { for file in files { system.close(file.handle) } }
    for operand in options.operands {
      do throws(SystemError) {
        files.append((operand, try system.openFile(operand, flags, mode: 0o666)))
      } catch {
        invocation.complain(operand, error)
      }
    }
    var isPrinting = true
    let input = UtilityInput(.standardInput, system, isOwned: false)
    while isPrinting || !files.isEmpty {
      let piece: ArraySlice<UInt8>?
      do throws(SystemError) { piece = try input.nextPiece() } catch {
        invocation.complain("-", error)
        break
      }
      guard let piece else { break }
      if isPrinting {
        invocation.output.put(piece.span)
        // What comes slowly is to be seen at once.
        invocation.output.send()
        isPrinting = invocation.output.failure == nil
      }
      var kept: [(name: Text, handle: Handle)] = []
      for file in files {
        do throws(SystemError) {
          try system.writeAll(file.handle, piece.span)
          kept.append(file)
        } catch {
          invocation.complain(file.name, error)
          system.close(file.handle)
        }
      }
      files = kept
    }
    return 0
  }
}
