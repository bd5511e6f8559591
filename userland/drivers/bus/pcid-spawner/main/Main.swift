// SPDX-License-Identifier: MIT
import DriverMatching
import PCI
import System

/// `pcid-spawner [FOLDER…]`: has init start the drivers that the folders' files name.
@main struct SpawnerProgram {
  private static var fileLimit: Int { 1 << 20 }

  static func main() {
    let folders: [Text] =
      Arguments.count > 1 ? Arguments.all : ["/usr/lib/pcid.d", "/etc/pcid.d"]
    let rules = rules(in: folders)
    do throws(SystemError) {
      for entry in try Directory("/scheme/pci").entries() {
        consider("/scheme/pci/" + entry.name, rules)
      }
    } catch {
      report("/scheme/pci", error)
      exit(1)
    }
  }

  /// The rules of all files, in the order of their names.
  private static func rules(in folders: [Text]) -> [DriverRule] {
    var paths = SortedMap<Text, Text>()
    for folder in folders {
      do throws(SystemError) {
        for entry in try Directory(folder).entries() where entry.name.hasSuffix(".toml") {
          paths[entry.name] = folder + "/" + entry.name
        }
      } catch {
        // Most systems have one of the folders and not the other.
        if error != .notFound { report(folder, error) }
      }
    }
    var rules: [DriverRule] = []
    for path in paths.values {
      do throws(SystemError) {
        rules += read(path, try FileSystem.read(path, limit: fileLimit))
      } catch { report(path, error) }
    }
    return rules
  }

  private static func read(_ path: Text, _ bytes: [UInt8]) -> [DriverRule] {
    do throws(RuleError) { return try DriverRule.rules(in: bytes, file: path) } catch {
      Log.error("not used: " + error.message)
      return []
    }
  }

  /// Has a function's driver started, if there is one and nobody has the function.
  private static func consider(_ path: Text, _ rules: [DriverRule]) {
    do throws(SystemError) {
      let file = try File(path + "/config", .read | .runtimeHandle)
      let description = try PCIFunction.describe(file.handle)
      guard description.isHeld == 0, let rule = rules.first(where: { $0.fits(description) })
      else { return }
      try launch(rule, description.address, path)
    } catch { report(path, error) }
  }

  private static func launch(
    _ rule: DriverRule, _ address: FunctionAddress, _ path: Text
  ) throws(SystemError) {
    let folder = try File(path, .read | .directory | .runtimeHandle)
    let control = try File("/scheme/service/control", .write | .runtimeHandle)
    _ = try control.handle.send(folder.handle)
    let launchLine = rule.launchLine(for: address) + "\n"
    _ = try control.handle.write(launchLine.span)
    Log.info { line in
      line.put(rule.name.isEmpty ? rule.command[0] : rule.name)
      line.put(" for ")
      line.put(address.name)
    }
  }

  private static func report(_ what: Text, _ error: SystemError) {
    Log.error { line in
      line.put(what)
      line.put(": ")
      line.put(error.explanation)
    }
  }
}
