// SPDX-License-Identifier: MIT
import Base
import PCI
import Testing

@testable import VirtioDriver

@Test func schemesAreCalledAfterTheirFunction() {
  let name = DriverName.scheme(of: FunctionAddress(bus: 0, device: 4))
  #expect(name == "disk.pci-00-04.0-virtio" as Text)
}
