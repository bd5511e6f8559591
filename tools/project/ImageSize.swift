// SPDX-License-Identifier: MIT
import Host

extension Builder {
  /// Bytes of all files of an image, as they are before anything compresses them: the kernel, the
  /// initial file system and the root file system. What the image needs is built.
  public func fileBytes(of name: String, for processor: Processor) throws(BuildError) -> Int {
    let image = try project.image(name)
    let system = try build(image: name, for: processor)
    guard let kernel = try project.stripped("apus-kernel", of: .kernel(processor)) else {
      throw .description(file: "kernel/Package.swift", reason: "it makes no apus-kernel")
    }
    let files = [kernel, system.initrd].reduce(0) { $0 + (Files.facts($1)?.size ?? 0) }
    return try ImageContents(image, project, processor).root.reduce(files) { sum, item in
      if case .file(let bytes) = item.content { sum + bytes.count } else { sum }
    }
  }
}
