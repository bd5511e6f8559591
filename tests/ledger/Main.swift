// SPDX-License-Identifier: MIT
import System

/// `ledger`: a server whose state lies in its capsule, for tests that kill it. An operation that is
/// carried out twice, or not at all, or a byte that is lost shows in what it answers later.
@main struct LedgerProgram {
  static func main() {
    do throws(SystemError) {
      guard let capsule = try Service.takeCapsule() else {
        return end("needs a capsule")
      }
      let book = try open(capsule.bytes)
      guard book.isSound() else { return end("what the capsule holds is damaged") }
      Daemon.serve(LedgerServer(book), as: "ledger")
    } catch {
      end(error.explanation)
    }
  }

  private static func open(_ memory: SharedBytes) throws(SystemError) -> Book {
    do throws(CapsuleError) { return try Book(in: memory) } catch { throw .outOfMemory }
  }

  private static func end(_ reason: StaticString) {
    Log.error { line in
      line.put("ledger: ")
      line.put(reason)
    }
    exit(1)
  }
}
