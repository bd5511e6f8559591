// SPDX-License-Identifier: MIT
import Testing

@testable import Bench

@Suite("The Linux guest")
struct LinuxTests {
  @Test func anArchiveIsMadeOfPaddedEntries() {
    var archive = NewcArchive()
    archive.addProgram("init", [1, 2, 3, 4, 5])
    archive.addLink("sh", to: "busybox")
    archive.finish()
    let text = String(decoding: archive.bytes, as: UTF8.self)
    #expect(archive.bytes.count % 4 == 0)
    // Header and name: 110 + 5, padded to 116; the data of five bytes padded to eight.
    let second = text.dropFirst(124)
    #expect(text.hasPrefix("07070100000001000081ED"))
    #expect(second.hasPrefix("07070100000002"))
    #expect(second.contains("busybox"))
    #expect(text.contains("TRAILER!!!"))
  }

  @Test func theConsoleIsADevice() {
    var archive = NewcArchive()
    archive.addCharacterDevice("dev/console", major: 5, minor: 1)
    let fields = String(decoding: archive.bytes.dropFirst(6).prefix(104), as: UTF8.self)
    #expect(fields.dropFirst(8).hasPrefix("00002180"))
    #expect(fields.dropFirst(72).hasPrefix("0000000500000001"))
  }

  @Test(arguments: [
    ("linux-image-6.1.0-56-cloud-amd64_6.1.192-2_amd64.deb", "6.1.192-2"),
    ("busybox-static_1%3a1.35.0-4+deb12u1+b1_amd64.deb", "1:1.35.0-4+deb12u1+b1"),
  ])
  func aPackageSaysItsVersion(file: String, version: String) {
    #expect(DebianPackages.parts(ofFile: file)?.version == version)
  }

  @Test(arguments: ["busybox-static", "a_b.deb", "a_b_c_d.deb", "partial"])
  func otherFilesAreNoPackages(file: String) {
    #expect(DebianPackages.parts(ofFile: file) == nil)
  }

  @Test func theConcreteKernelIsADependency() {
    let text = "linux-image-cloud-amd64\n  Depends: linux-image-6.1.0-56-cloud-amd64\n"
    #expect(
      DebianPackages.dependency(in: text, prefix: "linux-image-")
        == "linux-image-6.1.0-56-cloud-amd64")
    #expect(DebianPackages.dependency(in: "linux-image-cloud-amd64\n", prefix: "linux") == nil)
  }

  @Test func storedFiguresComeBack() throws {
    var results = LinuxResults(key: "kernel 1, 3 boots")
    results.add([
      "null_call": .measured(
        Figure(sample: try #require(Sample([328, 328.25, 330])), disagreement: 0.01)),
      "least_memory": .measured(Figure(sample: try #require(Sample([74])))),
      "page_fault": .missing(reason: "no memory"),
    ])
    #expect(results.figures.count == 2)
    #expect(LinuxResults(parsing: results.text) == results)
    let metrics = try Metric.selected(["null_call", "page_fault", "least_memory"])
    #expect(metrics.map { results.hasFigure(for: $0, boots: 3) } == [true, false, true])
    #expect(metrics.map { results.hasFigure(for: $0, boots: 4) } == [false, false, true])
  }

  @Test(arguments: ["", "figure null_call - 3", "for x\nfigure null_call -", "for x\nfigure a b"])
  func damagedResultsAreForgotten(text: String) {
    #expect(LinuxResults(parsing: text) == nil)
  }
}
