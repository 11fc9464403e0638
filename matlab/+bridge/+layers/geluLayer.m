function y = geluLayer(layer, x)
    % GELULAYER  x times the normal distribution function of x.
    %
    %   y = bridge.layers.geluLayer(layer, x), element by element, is
    %   x (1 + erf(x / sqrt 2)) / 2, or where Approximation is 'tanh'
    %   x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.

    switch layer.Approximation
        case 'tanh'
            y = x .* (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x.^3))) / 2;
        otherwise
            y = x .* (1 + erf(x / sqrt(2))) / 2;
    end
end
