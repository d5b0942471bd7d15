// Arithmetic and a choice: enough for the passes of a synthesis.
module circuit(input [5:0] a, b, input [1:0] mode, output reg [11:0] y);
    always @* case (mode)
        0: y = a * b;
        1: y = a + b;
        2: y = {a, b} >> b[2:0];
        default: y = a < b ? a : ~b;
    endcase
endmodule
