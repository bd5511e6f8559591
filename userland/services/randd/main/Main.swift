// SPDX-License-Identifier: MIT
import Cryptography
import Memory
import RandomSources
import System

/// `randd`: serves the scheme `rand`.
@main struct RandomProgram {
  static func main() {
    do throws(SystemError) {
      guard let capsule = try Service.takeCapsule() else {
        return end("needs a capsule; lib/services/randd says how large")
      }
      let record = try self.record(capsule.bytes)
      var boot = BootSeedFile.take()
      if record.origin != .recovered { RandomSource.report() }
      let source = try source(record, boot.span)
      if !boot.isEmpty {
        Log.info { line in
          line.put("a seed of ")
          line.put(decimal: UInt64(boot.count))
          line.put(" bytes from the boot loader is mixed in")
        }
      }
      for index in boot.indices { boot[index] = 0 }
      Daemon.serve(RandomServer(source), as: "rand")
    } catch { end(error.explanation) }
  }

  private static func record(
    _ memory: SharedBytes
  ) throws(SystemError) -> Capsule<SeedRecord> {
    do throws(CapsuleError) {
      return try Capsule(in: memory, version: 1, slotCount: 1)
    } catch { throw .outOfMemory }
  }

  private static func source(
    _ record: consuming Capsule<SeedRecord>, _ boot: Span<UInt8>
  ) throws(SystemError) -> RandomSource {
    do throws(GeneratorError) { return try .seeded(keeping: record, boot: boot) } catch {
      throw .inputOutput
    }
  }

  private static func end(_ reason: StaticString) {
    Log.error { line in
      line.put("no random numbers: ")
      line.put(reason)
    }
    exit(1)
  }
}
