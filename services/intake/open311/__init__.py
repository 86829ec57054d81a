"""Records of other systems, brought into the desk one by one."""
