// SPDX-License-Identifier: MIT
import FunctionKeeping
import PCI
import System

/// `pcid`: serves the scheme `pci` from the machine's configuration registers.
@main struct FunctionProgram {
  static func main() {
    do throws(SystemError) {
      guard let capsule = try Service.takeCapsule() else {
        return end("needs a capsule; lib/services/pcid says how large")
      }
      let table = try take(capsule.bytes)
      let machine = try RealMachine()
      let access = try RealAccess(machine.physical)
      table.update(access.ranges, access)
      Daemon.serve(FunctionServer(table, access, machine), as: "pci")
    } catch {
      Log.error { line in
        line.put("cannot reach the machine's PCI functions: ")
        line.put(error.explanation)
      }
      exit(1)
    }
  }

  private static func take(_ bytes: SharedBytes) throws(SystemError) -> FunctionTable {
    do throws(CapsuleError) { return try FunctionTable(in: bytes) } catch {
      throw .outOfMemory
    }
  }

  private static func end(_ reason: Text) {
    Log.error(reason)
    exit(1)
  }
}
