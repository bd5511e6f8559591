// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import System
import Utilities

extension Coreutils {
  static func ps(_ arguments: [Text]) -> Int32 {
    if arguments.first == "--help" as Text { return help(.ps) }
    do throws(SystemError) {
      let table = ProcessTable(Text(try FileSystem.read("/scheme/sys/context")))
      try Handle.standardOutput.writeAll(table.text().span)
      return 0
    } catch {
      complain(.ps, "/scheme/sys/context", error)
      return 1
    }
  }

  static func kill(_ arguments: [Text]) throws(UsageError) -> Int32 {
    switch try KillRequest(arguments) {
    case .help:
      return help(.kill)
    case .list:
      Handle.standardOutput.writeIgnoringErrors(KillRequest.names + "\n")
      return 0
    case .send(let signal, let processes):
      var status: Int32 = 0
      for process in processes {
        let call = Signal {
          $0.selector = process
          $0.signal = signal
        }
        do throws(SystemError) { _ = try perform(call) } catch {
          complain(.kill, Text { $0.put(decimal: Int64(process)) }, error)
          status = 1
        }
      }
      return status
    }
  }
}
