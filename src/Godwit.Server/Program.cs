var app = WebApplication.CreateSlimBuilder(args).Build();
app.MapGodwit("/rt");
app.Run();
