using Godwit.Server.Commands;

return await GodwitCommand.RunAsync(args, Console.Out, Console.Error);
