// SPDX-License-Identifier: MIT
import Host

/// A system that can be booted: what a build of an image leaves behind.
public struct BootableSystem: Sendable {
  /// Paths of the kernel, with its symbols, and of the archive.
  public var kernel: String
  public var initrd: String
  /// The archive with what the guest is asked to do; it is in the other one as well.
  public var request: String?
}

extension Builder {
  /// Builds the kernel, the programs and the archive of an image, as far as anything changed.
  public func build(
    image name: String, for processor: Processor
  ) throws(BuildError) -> BootableSystem {
    let image = try project.image(name)
    try build(.kernel(processor))
    try build(.userland(processor))
    if image.hasTests { try build(.tests(processor)) }
    try hashPasswords(of: image)
    return BootableSystem(
      kernel: project.kernelImage(processor),
      initrd: try InitrdBuilder(project, processor).write(image))
  }
}
