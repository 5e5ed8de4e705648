// What somebody may do with a room's timeline, for the page to offer it. The server decides.

/** roles: {role, you_are_host (the acting one)}, policy: {control: "everyone" | "hosts" | "pause"}. */
export function may(action, roles, policy) {
  if (!roles || !policy) return false;
  if (roles.you_are_host || roles.role === "owner" || roles.role === "host") return true;
  if (policy.control === "everyone") return true;
  return policy.control === "pause" && action === "pause";
}
