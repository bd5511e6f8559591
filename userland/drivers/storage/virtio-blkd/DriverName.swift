// SPDX-License-Identifier: MIT
public import Base
public import PCI

/// What a driver serves for a function.
public enum DriverName {
  @export(interface)
  public static func scheme(of function: FunctionAddress) -> Text {
    "disk." + function.shortName + "-virtio"
  }
}
