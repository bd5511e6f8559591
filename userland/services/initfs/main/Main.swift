// SPDX-License-Identifier: MIT
import System

/// `initfs`: serves the initrd, which init hands over as standard input.
@main struct InitialFileProgram {
  static func main() {
    do throws(SystemError) {
      let initrd = MemoryObject(OwnedHandle(.standardInput))
      let byteCount = Int(clamping: try initrd.status().length)
      let mapping = try initrd.map(byteCount: byteCount, .read | .shared)
      Daemon.serve(try InitialFileServer(initrd, mapping), as: "initfs")
    } catch {
      Log.error { line in
        line.put("initfs: cannot use the initrd: ")
        line.put(error.explanation)
      }
      exit(1)
    }
  }
}
