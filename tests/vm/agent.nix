# The program by which the prover listens and knocks on a machine.
{ pkgs, ... }:
{
  environment.etc."prover/agent".source = pkgs.writeScript "agent" (
    "#!${pkgs.python3}/bin/python3\n" + builtins.readFile ./agent.py
  );
}
