// SPDX-License-Identifier: MIT
import UtilityFrame
import UtilityModel

@testable import TextUtilities

let table = UtilityTable(textUtilities)

/// Runs a utility over standard input; words are apart at spaces, of which `␣` stands for one.
func run(_ line: String, _ input: String = "", _ files: [String: String] = [:]) -> ModelRun {
  let system = ModelSystem()
  for (path, content) in files { system.put(path, content) }
  system.input = Array(input.utf8)
  return system.run(table, words(line))
}

func words(_ line: String) -> [String] {
  line.split(separator: " ").map { word in
    String(word.map { $0 == "␣" ? " " : $0 == "∅" ? "\u{0}" : $0 })
  }
}

/// What it prints; its status and errors if it fails.
func output(_ line: String, _ input: String = "", _ files: [String: String] = [:]) -> String {
  let run = run(line, input, files)
  return run.status == 0 ? run.output : run.output + "[\(run.status)] " + run.errors
}
